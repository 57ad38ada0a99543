// SPDX-License-Identifier: Apache-2.0
#include "ring_search.h"

#include <math.h>

/* Commands of step 3, and how many samples each asks for. */
enum { CLOCK_COMMANDS = 8, CLOCK_SAMPLES = 64 };
/* Where the device went round: this share of the ring lies between the newest sample and the cursor. */
enum { HEADROOM_SHARE = 4 };

static int look_at_all(const struct search *search, bool first, struct bracket *bracket)
{
	const struct drain_plan *plan = search->plan;
	struct bracket each = {0};
	for (uint32_t place = 0, count; place < plan->places; place += count) {
		count = plan->places - place < plan->max_samples ? plan->places - place : plan->max_samples;
		int error = query_ask(search->query, plan, search->outlet, place, count, &each);
		if (error)
			return error;
		image_note(&search->looks->image, place, count, query_records(search->query),
			   sample_bytes(&search->query->layout), first);
		if (place == 0)
			bracket->before_ns = each.before_ns;
	}
	bracket->after_ns = each.after_ns;
	return 0;
}

/* Step 3. */
static int set_clock(const struct search *search)
{
	struct drain_cursor *cursor = search->cursor;
	struct drain_query *query = search->query;
	uint32_t count = search->plan->max_samples < CLOCK_SAMPLES ? search->plan->max_samples : CLOCK_SAMPLES;
	for (int i = 0; i < CLOCK_COMMANDS; i++) {
		struct bracket bracket;
		int error = query_ask(query, search->plan, search->outlet, cursor->place, count, &bracket);
		if (error)
			return error;
		uint64_t latest = cursor_latest(cursor, search->plan, drain_now_ns());
		struct news news = cursor_news(cursor, &query->layout, query_records(query), count, latest);
		cursor_bound_clock(cursor, &news, count, &bracket);
		cursor->place = place_after(search->plan, cursor->place, news.count);
		cursor->next_number = news.newest_number + 1;
		cursor->last_clock = news.newest_clock;
	}
	cursor->clock.worst_ns = cursor->clock.residual_ns;
	return 0;
}

/* The first sample of a ring that is filled once. If we started the device, what is older than the start is not
 * ours. If someone else did, what was there before the first look was not asked for. */
static struct position first_of_single(const struct search *search, uint32_t oldest, uint32_t newest, uint64_t seen_ns)
{
	struct drain_cursor *cursor = search->cursor;
	struct ring_image *image = &search->looks->image;
	bool ours = cursor->started_ns != 0;
	struct position from = image_position(image, oldest);
	uint64_t newest_after = image_walk(image, from, newest, cursor->period).clock - from.clock;
	double max_age = ours ? (double)(seen_ns - cursor->started_ns) / cursor->clock.nominal_ns : INFINITY;
	uint32_t earlier, first = image_find_start(image, oldest, newest_after, max_age, &earlier);
	cursor->left = ours ? search->plan->places : search->plan->places - earlier;
	if (!ours)
		return from;
	image_accept(image, first, oldest);
	return image_position(image, first);
}

/* Starts the fit of the clock with what the looks showed. absent: a sample that was not there at the look before;
 * NULL: unknown. */
static void start_clock(const struct search *search, const struct position *first, const struct position *absent,
			const struct position *newest, const struct bracket *bracket)
{
	struct drain_cursor *cursor = search->cursor;
	cursor_learn_period(cursor, search->plan, newest->number - first->number, newest->clock - first->clock);
	cursor_reset_clock(cursor, search->plan);
	device_clock_not_after(&cursor->clock, newest->clock, bracket->after_ns);
	if (absent)
		device_clock_not_before(&cursor->clock, absent->clock, cursor->absent_at_ns);
	if (search->plan->single && cursor->started_ns)
		device_clock_not_before(&cursor->clock, first->clock, cursor->started_ns);
	device_clock_fit(&cursor->clock);
}

static int start_at(const struct search *search, uint32_t oldest, const struct bracket *bracket)
{
	const struct drain_plan *plan = search->plan;
	struct drain_cursor *cursor = search->cursor;
	const struct ring_image *image = &search->looks->image;
	uint32_t newest_place = image_find_newest(image, oldest);
	bool round = !plan->single && plan->places > HEADROOM_SHARE && place_after(plan, newest_place, 1) == oldest;
	uint32_t first_place = round ? place_after(plan, oldest, plan->places / HEADROOM_SHARE) : oldest;
	struct position first = plan->single ? first_of_single(search, oldest, newest_place, bracket->after_ns)
					     : image_position(image, first_place);
	struct position absent = round ? first : image_walk(image, first, oldest, cursor->period);
	struct position newest = image_walk(image, absent, newest_place, cursor->period);
	start_clock(search, &first, round ? NULL : &absent, &newest, bracket);
	cursor_start_anew(cursor, bracket->before_ns);
	cursor_move_to(cursor, &(struct position){place_after(plan, newest.place, 1), newest.number + 1,
						  newest.clock + (uint64_t)cursor->period});
	int error = set_clock(search);
	if (error)
		return error;
	cursor_move_to(cursor, &first);
	cursor->absent_at_ns = cursor->started_ns = 0;
	cursor->looked_ns = (uint64_t)device_clock_map(&cursor->clock, cursor->last_clock);
	return 0;
}

static int begin_at(const struct search *search, uint32_t oldest, const struct bracket *bracket, enum found *found,
		    uint64_t *seen_ns)
{
	struct bracket again;
	int error = query_ask(search->query, search->plan, search->outlet, oldest, 1, &again);
	if (error)
		return error;
	if (!query_learn_layout(search->query, search->plan)) {
		*found = FOUND_OTHER_COUNTERS;
		return 0;
	}
	error = start_at(search, oldest, bracket);
	if (error)
		return error;
	*found = FOUND_SAMPLES;
	*seen_ns = bracket->after_ns;
	return 0;
}

/* A ring that is filled once may have been full before the first look: then all of it is ours, although nothing
 * changes. */
static bool was_full_at_once(const struct search *search)
{
	const struct drain_cursor *cursor = search->cursor;
	double now = (double)drain_now_ns(), period_ns = cursor_period_ns(cursor);
	if (!search->plan->single || !cursor->started_ns)
		return false;
	return now - (double)search->looks->still.after_ns >= 2 * period_ns &&
	       now - (double)cursor->started_ns >= (search->plan->places + 2) * period_ns;
}

int search_look(const struct search *search, bool first, enum found *found, uint64_t *seen_ns)
{
	struct ring_image *image = &search->looks->image;
	struct bracket bracket = {0};
	uint32_t oldest = 0;
	*found = FOUND_NOTHING;
	int error = look_at_all(search, first, &bracket);
	if (error)
		return error;
	if (image_find_oldest(image, &oldest))
		return begin_at(search, oldest, &bracket, found, seen_ns);
	if (!first && was_full_at_once(search)) {
		image_accept_all(image);
		search->cursor->absent_at_ns = search->cursor->started_ns;
		if (image_find_oldest(image, &oldest))
			return begin_at(search, oldest, &search->looks->still, found, seen_ns);
	}
	if (first)
		search->looks->still = bracket;
	search->cursor->absent_at_ns = bracket.before_ns;
	return 0;
}

int search_overtake(const struct search *search)
{
	const struct drain_plan *plan = search->plan;
	struct bracket bracket;
	uint64_t newest = 0;
	uint32_t place = search->cursor->place;
	for (uint32_t walked = 0; walked < plan->places; walked += plan->max_samples) {
		int error = query_ask(search->query, plan, search->outlet, place, plan->max_samples, &bracket);
		if (error)
			return error;
		const uint8_t *at = query_records(search->query);
		uint64_t latest = cursor_latest(search->cursor, plan, drain_now_ns());
		for (uint32_t i = 0; i < plan->max_samples; i++, at += sample_bytes(&search->query->layout)) {
			uint64_t number = cursor_number(at, latest);
			if (newest && (int64_t)(number - newest) < 0) {
				search->cursor->place = place_after(plan, place, i + plan->places / HEADROOM_SHARE);
				return 0;
			}
			newest = number;
		}
		place = place_after(plan, place, plan->max_samples);
	}
	return 0;
}
