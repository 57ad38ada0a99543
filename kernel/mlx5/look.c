// SPDX-License-Identifier: Apache-2.0
/* Finding out where the device writes: two looks at the whole ring, and what changed between them. */
#include <errno.h>
#include <stdio.h>

#include "drain.h"
#include "unwrap.h"

/* Numbers begin here, so that none before the first becomes negative. */
#define FIRST_NUMBER (1ULL << 32)

static uint16_t id_of(uint64_t head)
{
	return (uint16_t)(head >> 32);
}

static int16_t ids_apart(uint64_t later, uint64_t earlier)
{
	return (int16_t)(uint16_t)(id_of(later) - id_of(earlier));
}

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
static int learn_layout(struct mlx5_drain *drain, uint32_t place, struct outlet *outlet)
{
	struct bracket bracket;
	int error = drain_ask(drain, outlet, place, 1, &bracket);
	if (error)
		return error;
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

static void start_at(struct mlx5_drain *drain, uint32_t oldest, const struct bracket *bracket)
{
	uint32_t newest = find_newest(drain, oldest);
	/* All of it changed: what is oldest is about to be written over. */
	bool round = drain->places > 4 && place_after(drain, newest, 1) == oldest;
	uint32_t first = round ? place_after(drain, oldest, drain->places / 4) : oldest;
	uint64_t span = (uint16_t)(id_of(drain->changed[newest]) - id_of(drain->changed[first]));
	uint32_t time = (uint32_t)drain->changed[first];
	drain->place = first;
	drain->next_number = (FIRST_NUMBER & ~0xffffULL) + id_of(drain->changed[first]);
	drain->last_clock = (FIRST_NUMBER | time) - (uint64_t)drain->period;
	drain->looked_ns = drain->took_ns = bracket->after_ns;
	drain->jumped = 0;
	drain->any = drain->lapped = false;
	uint64_t clock = (FIRST_NUMBER | time) + (uint64_t)((double)span * drain->period);
	device_clock_init(&drain->clock, drain->frequency_khz);
	device_clock_not_after(&drain->clock, unwrap_u32((uint32_t)drain->changed[newest], clock), bracket->after_ns);
	if (!round)
		device_clock_not_before(&drain->clock, FIRST_NUMBER | time, drain->absent_at_ns);
	drain->absent_at_ns = 0;
	device_clock_fit(&drain->clock);
	drain->state = DRAIN_FOLLOWS;
}

int drain_look(struct mlx5_drain *drain, struct outlet *outlet)
{
	struct bracket bracket = {0};
	int error = look_at_all(drain, outlet, &bracket);
	if (error)
		return error;
	uint32_t oldest = 0;
	if (drain->state == DRAIN_FIRST_LOOK) {
		drain->state = DRAIN_SECOND_LOOK;
	} else if (find_oldest(drain, &oldest)) {
		error = learn_layout(drain, oldest, outlet);
		if (error == 0)
			start_at(drain, oldest, &bracket);
		return error;
	}
	drain->absent_at_ns = bracket.before_ns;
	return 0;
}
