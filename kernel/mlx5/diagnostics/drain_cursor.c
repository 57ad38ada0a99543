// SPDX-License-Identifier: Apache-2.0
#include "drain_cursor.h"

#include "unwrap.h"

/* This number of samples shows their period in spite of their jitter. */
enum { SURE_OF_PERIOD = 8 };
/* How far a device may be ahead of its period: a quarter, limited so that a ring still has room among the 65,536 ids,
 * and a few samples. */
enum { AHEAD_SHARE = 4, AHEAD_MAX = 16384, AHEAD_FEW = 64 };
/* The period is an estimate: a device may have gone round in this share of the time that its ring spans. */
#define LAPPED_SHARE 0.75
#define DAY_MS 86400e3

/* How long a sample stays readable, in clocks. A ring that is never written over, or nobody knows how fast: a day. */
static double readable_clocks(const struct drain_cursor *cursor, const struct drain_plan *plan)
{
	bool unknown = plan->single || !cursor->period_known;
	return unknown ? (double)plan->frequency_khz * DAY_MS : plan->places * cursor->period;
}

void cursor_init(struct drain_cursor *cursor, const struct drain_plan *plan)
{
	*cursor = (struct drain_cursor){.left = plan->places, .period = (double)plan->nominal_period};
	cursor_reset_clock(cursor, plan);
}

void cursor_reset_clock(struct drain_cursor *cursor, const struct drain_plan *plan)
{
	device_clock_init(&cursor->clock, plan->frequency_khz, readable_clocks(cursor, plan));
}

void cursor_start_anew(struct drain_cursor *cursor, uint64_t before_ns)
{
	cursor->absent_at_ns = 0;
	cursor->jumped = 0;
	cursor->any = cursor->lapped = cursor->row.any = false;
	cursor->looked_ns = before_ns;
}

void cursor_move_to(struct drain_cursor *cursor, const struct position *position)
{
	cursor->place = position->place;
	cursor->next_number = position->number;
	cursor->last_clock = position->clock - (uint64_t)cursor->period;
}

void cursor_learn_period(struct drain_cursor *cursor, const struct drain_plan *plan, uint64_t samples, uint64_t clocks)
{
	if (samples == 0 || clocks == 0)
		return;
	double measured = (double)clocks / (double)samples;
	/* One sample is enough to see that the period is not the granted one. */
	bool sure = samples >= SURE_OF_PERIOD || measured > 2 * cursor->period;
	cursor->period += (measured - cursor->period) / (sure && !cursor->period_known ? 1 : 8);
	cursor->period_known |= sure;
	cursor->clock.ring_ns = readable_clocks(cursor, plan) * cursor->clock.nominal_ns;
}

uint32_t cursor_due(const struct drain_cursor *cursor, const struct drain_plan *plan, uint64_t at_ns)
{
	double passed = (double)(at_ns - cursor->looked_ns) / cursor_period_ns(cursor);
	uint32_t max = plan->single && cursor->left < plan->max_samples ? cursor->left : plan->max_samples;
	return passed + 2 < max ? (uint32_t)passed + 2 : max;
}

/* Counting up from the last sample would not do. After a silence that was rounds of ids ago. Where a device skips
 * nearly all samples, its ring spans more than half of all ids, and samples of the last round look like samples to
 * come. */
uint64_t cursor_latest(const struct drain_cursor *cursor, const struct drain_plan *plan, uint64_t now_ns)
{
	/* A ring that is filled once stays as it is, however late we look. */
	if (plan->single)
		return cursor->next_number + INT16_MAX;
	double silent = (double)(now_ns - cursor->looked_ns) / cursor_period_ns(cursor);
	double ahead = silent / AHEAD_SHARE + cursor->clock.residual_ns / cursor_period_ns(cursor);
	return cursor->next_number + (uint64_t)(silent + (ahead < AHEAD_MAX ? ahead : AHEAD_MAX)) + AHEAD_FEW;
}

uint64_t cursor_number(const uint8_t *record, uint64_t latest)
{
	return unwrap_u16(get_u16(record + sample_record_sample_id), latest);
}

bool cursor_is_lapped_at(const struct drain_cursor *cursor, const struct drain_plan *plan, uint64_t number,
			 uint64_t now_ns)
{
	double passed_ns = (double)(now_ns - cursor->looked_ns) + cursor->clock.residual_ns;
	return !plan->single && !cursor->lapped && (int64_t)(number - cursor->next_number) >= (int64_t)plan->places &&
	       passed_ns > plan->places * cursor_period_ns(cursor) * LAPPED_SHARE;
}

struct news cursor_news(const struct drain_cursor *cursor, const struct sample_layout *layout, const uint8_t *records,
			uint32_t count, uint64_t latest)
{
	const uint8_t *at = records;
	struct news news = {.newest_number = cursor->next_number - 1, .newest_clock = cursor->last_clock};
	for (uint32_t i = 0; i < count; i++, at += sample_bytes(layout)) {
		uint64_t number = cursor_number(at, latest);
		bool is_newer = (int64_t)(number - news.newest_number) > 0;
		if (get_u16(at + sample_record_counter_id) != layout->ids[0] || !is_newer)
			break;
		uint64_t passed = (uint64_t)((double)(number - news.newest_number) * cursor->period);
		news.newest_clock = unwrap_u32(get_u32(at + sample_record_time_stamp), news.newest_clock + passed);
		news.newest_number = number;
		if (news.count++ == 0)
			news.first_clock = news.newest_clock;
	}
	return news;
}

void cursor_bound_clock(struct drain_cursor *cursor, const struct news *news, uint32_t count,
			const struct bracket *bracket)
{
	if (news->count && cursor->absent_at_ns)
		device_clock_not_before(&cursor->clock, news->first_clock, cursor->absent_at_ns);
	if (news->count)
		cursor->absent_at_ns = 0;
	if (news->count < count && !cursor->lapped)
		cursor->absent_at_ns = bracket->before_ns;
	if (news->count)
		device_clock_not_after(&cursor->clock, news->newest_clock, bracket->after_ns);
	device_clock_fit(&cursor->clock);
}

void cursor_look_from_last(struct drain_cursor *cursor, uint64_t now_ns)
{
	uint64_t taken = (uint64_t)device_clock_map(&cursor->clock, cursor->last_clock);
	cursor->looked_ns = taken < now_ns ? taken : now_ns;
}
