// SPDX-License-Identifier: Apache-2.0
/* Finding out where the device writes: two looks at the whole ring, and what changed between them. */
#include <errno.h>
#include <stdio.h>

#include "mlx5_drain.h"
#include "unwrap.h"

/* Numbers begin here, so that none before the first becomes negative. */
#define FIRST_NUMBER (1ULL << 32)

enum { CLOCK_COMMANDS = 8, CLOCK_SAMPLES = 64 };

/* Places that did not change are 0, which no counter id is. */
static void compare(struct mlx5_drain *drain, uint32_t place, uint32_t count)
{
	const uint8_t *at = drain->answer + ANSWER_HEADER;
	for (uint32_t i = 0; i < count; i++, at += sample_bytes(&drain->layout)) {
		uint64_t head = get_u64(at);
		if (drain->state == DRAIN_FIRST_LOOK)
			drain->seen[place + i] = head;
		drain->changed[place + i] = head != drain->seen[place + i] ? head : 0;
	}
}

static int look_at_all(struct mlx5_drain *drain, struct outlet *outlet, struct bracket *bracket)
{
	struct bracket each = {0};
	for (uint32_t place = 0, count; place < drain->places; place += count) {
		count = drain->places - place < drain->most ? drain->places - place : drain->most;
		int error = drain_ask(drain, outlet, place, count, &each);
		if (error)
			return error;
		compare(drain, place, count);
		if (place == 0)
			bracket->before_ns = each.before_ns;
	}
	bracket->after_ns = each.after_ns;
	return 0;
}

/* The first of those that changed: the one before it did not change, or is newer, where the device went all the way round. With a
 * second candidate (the device went on while the ring was being read in parts) the earlier id. */
static bool find_oldest(const struct mlx5_drain *drain, uint32_t *oldest)
{
	bool found = false;
	for (uint32_t place = 0; place < drain->places; place++) {
		uint64_t head = drain->changed[place], before = drain->changed[place_after(drain, place, drain->places - 1)];
		if (head == 0 || (drain->places > 1 && before != 0 && ids_apart(head, before) >= 0))
			continue;
		if (!found || ids_apart(head, drain->changed[*oldest]) < 0)
			*oldest = place;
		found = true;
	}
	return found;
}

static uint32_t find_newest(const struct mlx5_drain *drain, uint32_t oldest)
{
	uint32_t newest = oldest;
	for (uint32_t next = place_after(drain, newest, 1); next != oldest; next = place_after(drain, newest, 1)) {
		if (drain->changed[next] == 0 || ids_apart(drain->changed[next], drain->changed[newest]) <= 0)
			break;
		newest = next;
	}
	return newest;
}

static uint32_t column_of(const struct mlx5_drain *drain, uint16_t id)
{
	for (uint32_t i = 0; i < drain->wish_count; i++)
		if (drain->wishes[i].id == id)
			return drain->wishes[i].column;
	return NO_COLUMN;
}

/* The order of the counters within a sample is the device's. Everything that was asked for must be there, once. */
int drain_learn_layout(struct mlx5_drain *drain)
{
	uint32_t found = 0;
	const uint8_t *at = drain->answer + ANSWER_HEADER;
	for (uint32_t i = 0; i < drain->layout.counters; i++, at += RECORD_BYTES) {
		uint32_t column = column_of(drain, get_u16(at));
		found += column != NO_COLUMN;
		for (uint32_t j = 0; j < i && column != NO_COLUMN; j++)
			found -= drain->layout.columns[j] == column;
		drain->layout.ids[i] = get_u16(at);
		drain->layout.columns[i] = column;
	}
	if (found == drain->wish_count)
		return 0;
	drain->dead = -EBUSY;
	snprintf(drain->message, sizeof drain->message,
		 "the device samples other counters than those asked for; someone else uses its sampler");
	return drain->dead;
}

/* A few small commands one behind the other show the newest sample fresh, and the next one absent: that sets the clock. */
static int set_clock(struct mlx5_drain *drain, struct outlet *outlet)
{
	for (int i = 0; i < CLOCK_COMMANDS; i++) {
		struct bracket bracket;
		uint32_t count = drain->most < CLOCK_SAMPLES ? drain->most : CLOCK_SAMPLES;
		int error = drain_ask(drain, outlet, drain->place, count, &bracket);
		if (error)
			return error;
		struct news news = drain_news(drain, count);
		drain_time(drain, &news, count, &bracket);
		drain->place = place_after(drain, drain->place, news.count);
		drain->next_number = news.newest_number + 1;
		drain->last_clock = news.newest_clock;
	}
	drain->clock.worst_ns = drain->clock.residual_ns;
	return 0;
}

/* This sample is the next one to be taken. */
static void stand_before(struct mlx5_drain *drain, const struct position *at)
{
	drain->place = at->place;
	drain->next_number = at->number;
	drain->last_clock = at->clock - (uint64_t)drain->period;
}

static struct position position_of(const struct mlx5_drain *drain, uint32_t place)
{
	uint64_t head = drain->changed[place];
	return (struct position){place, FIRST_NUMBER + id_of(head), FIRST_NUMBER | (uint32_t)head};
}

/* Sample by sample, so that neither ids nor times wrap unseen. */
static struct position walk_to(const struct mlx5_drain *drain, struct position at, uint32_t place)
{
	while (at.place != place) {
		uint32_t next = place_after(drain, at.place, 1);
		uint64_t passed = (uint16_t)(id_of(drain->changed[next]) - id_of(drain->changed[at.place]));
		at.clock = unwrap_u32((uint32_t)drain->changed[next], at.clock + (uint64_t)((double)passed * drain->period));
		at.number += passed;
		at.place = next;
	}
	return at;
}

/* Where to begin, given what changed. The device is about to write over the oldest of a ring that changed all over. */
static struct position choose_first(struct mlx5_drain *drain, uint32_t oldest, uint32_t newest, bool round, uint64_t seen_ns)
{
	if (round)
		return position_of(drain, place_after(drain, oldest, drain->places / 4));
	if (!drain->single)
		return position_of(drain, oldest);
	struct position from = position_of(drain, oldest);
	uint64_t newest_after = walk_to(drain, from, newest).clock - from.clock;
	return position_of(drain, drain_begin_of_single(drain, oldest, newest_after, seen_ns));
}

static int start_at(struct mlx5_drain *drain, uint32_t oldest, const struct bracket *bracket, struct outlet *outlet)
{
	uint32_t newest_place = find_newest(drain, oldest);
	bool round = !drain->single && drain->places > 4 && place_after(drain, newest_place, 1) == oldest;
	struct position first = choose_first(drain, oldest, newest_place, round, bracket->after_ns);
	struct position absent = round ? first : walk_to(drain, first, oldest);
	struct position newest = walk_to(drain, absent, newest_place);
	drain_learn_period(drain, newest.number - first.number, newest.clock - first.clock);
	device_clock_init(&drain->clock, drain->frequency_khz, readable_clocks(drain));
	device_clock_not_after(&drain->clock, newest.clock, bracket->after_ns);
	if (!round)
		device_clock_not_before(&drain->clock, absent.clock, drain->absent_at_ns);
	if (drain->single && drain->started_ns)
		device_clock_not_before(&drain->clock, first.clock, drain->started_ns);
	drain->absent_at_ns = 0;
	device_clock_fit(&drain->clock);
	drain->jumped = 0;
	drain->any = drain->lapped = drain->row.any = false;
	drain->looked_ns = bracket->before_ns;
	stand_before(drain, &(struct position){place_after(drain, newest.place, 1), newest.number + 1,
					       newest.clock + (uint64_t)drain->period});
	int error = set_clock(drain, outlet);
	if (error)
		return error;
	stand_before(drain, &first);
	drain->absent_at_ns = drain->started_ns = 0;
	drain->looked_ns = (uint64_t)device_clock_map(&drain->clock, drain->last_clock);
	/* It had stopped, and was started again. Before the first start there is nothing to miss. */
	if (drain->row.ts && !drain->single)
		drain_account_for_silence(drain, outlet, drain->looked_ns);
	drain->took_ns = bracket->after_ns;
	drain->quiet_ns = 0;
	drain->failed = 0;
	drain->state = DRAIN_FOLLOWS;
	return 0;
}

static int begin_at(struct mlx5_drain *drain, uint32_t oldest, const struct bracket *bracket, struct outlet *outlet)
{
	struct bracket again;
	int error = drain_ask(drain, outlet, oldest, 1, &again);
	if (error == 0)
		error = drain_learn_layout(drain);
	return error ? error : start_at(drain, oldest, bracket, outlet);
}

int drain_look(struct mlx5_drain *drain, struct outlet *outlet)
{
	struct bracket bracket = {0};
	int error = look_at_all(drain, outlet, &bracket);
	if (error)
		return error;
	uint32_t oldest = 0;
	if (find_oldest(drain, &oldest))
		return begin_at(drain, oldest, &bracket, outlet);
	if (drain_was_full_at_once(drain) && find_oldest(drain, &oldest))
		return begin_at(drain, oldest, &drain->still, outlet);
	if (drain->state == DRAIN_FIRST_LOOK)
		drain->still = bracket;
	drain->state = DRAIN_SECOND_LOOK;
	drain->absent_at_ns = bracket.before_ns;
	drain->failed = 0;
	return 0;
}

int drain_overtake(struct mlx5_drain *drain, struct outlet *outlet)
{
	struct bracket bracket;
	uint64_t newest = 0;
	uint32_t place = drain->place;
	for (uint32_t walked = 0; walked < drain->places; walked += drain->most) {
		int error = drain_ask(drain, outlet, place, drain->most, &bracket);
		if (error)
			return error;
		const uint8_t *at = drain->answer + ANSWER_HEADER;
		for (uint32_t i = 0; i < drain->most; i++, at += sample_bytes(&drain->layout)) {
			uint64_t number = drain_number(drain, at);
			if (newest && (int64_t)(number - newest) < 0) {
				drain->place = place_after(drain, place, i + drain->places / 4);
				return 0;
			}
			newest = number;
		}
		place = place_after(drain, place, drain->most);
	}
	return 0;
}
