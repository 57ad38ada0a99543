// SPDX-License-Identifier: Apache-2.0
#include "take_samples.h"

#include "unwrap.h"

/* The open run of rows. */
struct filling {
	struct run run;
	uint32_t rows;
};

static void close_run(struct filling *filling, struct outlet *outlet)
{
	outlet->publish(outlet, &filling->run, filling->rows);
	filling->rows = filling->run.rows = 0;
}

/* False where there is no room. Then the sample is read into the spare row: its id and time must be known all the
 * same. */
static bool open_row(const struct taking *taking, struct outlet *outlet, struct filling *filling, uint32_t left)
{
	if (filling->rows < filling->run.rows)
		return true;
	close_run(filling, outlet);
	if (outlet->reserve(outlet, left, &filling->run))
		return true;
	filling->run = (struct run){.cells = (char *)taking->spare, .stride = sizeof *taking->spare};
	return false;
}

/* Where a ring is filled once nothing is written over, so nothing can be late. */
static enum missing reason_of_jump(const struct taking *taking, const struct drain_cursor *cursor)
{
	if (taking->plan->single)
		return MISSING_SKIPPED;
	if (taking->failed)
		return MISSING_ERROR;
	return cursor->lapped ? MISSING_LATE : MISSING_SKIPPED;
}

/* The device skipped samples, or overwrote them. Before the first sample nothing is missing. */
static void account_for_jump(const struct taking *taking, struct drain_cursor *cursor, struct outlet *outlet,
			     uint64_t missing)
{
	if (cursor->any)
		outlet->miss(outlet, missing, reason_of_jump(taking, cursor));
	cursor->next_number += missing;
	cursor->jumped = missing;
}

static void write_row(struct drain_cursor *cursor, struct filling *filling, const struct sample *sample, uint64_t clock,
		      int64_t wall_offset_ns)
{
	uint32_t row = filling->rows++;
	bool follows = cursor->any && cursor->jumped == 0 && clock > cursor->last_clock;
	double nominal_ns = cursor->clock.nominal_ns;
	filling->run.ts[row] = device_clock_row(&cursor->clock, &cursor->row, clock) + wall_offset_ns;
	filling->run.read_ns[row] = (uint32_t)(sample->spread * nominal_ns);
	filling->run.period_ns[row] = follows ? (uint64_t)((double)(clock - cursor->last_clock) * nominal_ns) : 0;
}

static void take_sample(struct drain_cursor *cursor, struct outlet *outlet, struct filling *filling, bool room,
			const struct sample *sample)
{
	uint64_t passed = (uint64_t)((double)(cursor->jumped + 1) * cursor->period);
	uint64_t clock = unwrap_u32(sample->time, cursor->last_clock + passed);
	if (room)
		write_row(cursor, filling, sample, clock, outlet->wall_offset_ns);
	else
		outlet->miss(outlet, 1, MISSING_FULL);
	cursor->last_clock = clock;
	cursor->next_number++;
	cursor->jumped = 0;
	cursor->any = true;
	cursor->lapped = false;
}

struct taken take_samples(const struct taking *taking, struct drain_cursor *cursor, struct outlet *outlet,
			  uint32_t count)
{
	struct filling filling = {0};
	struct taken taken = {0};
	const uint8_t *at = taking->records;
	size_t bytes = sample_bytes(taking->layout);
	/* Samples of one answer follow each other, so this holds for all of them. */
	uint64_t latest = cursor_latest(cursor, taking->plan, taking->now_ns);
	bool any = false;
	while (taken.places < count) {
		struct sample sample;
		bool room = open_row(taking, outlet, &filling, count - taken.places);
		bool whole = sample_read(taking->layout, at, &filling.run, filling.rows, &sample);
		uint64_t number = cursor_number(at, latest);
		if (!whole || (int64_t)(number - cursor->next_number) < 0) {
			/* In the middle of a ring that the device went round, older samples stand between newer
			 * ones. */
			if (!cursor->lapped)
				break;
		} else if (number != cursor->next_number) {
			if (any)
				cursor_look_from_last(cursor, taking->now_ns);
			taken.lapped = cursor_is_lapped_at(cursor, taking->plan, number, taking->now_ns);
			if (taken.lapped)
				break;
			close_run(&filling, outlet);
			account_for_jump(taking, cursor, outlet, number - cursor->next_number);
			continue;
		} else {
			take_sample(cursor, outlet, &filling, room, &sample);
			any = true;
		}
		at += bytes;
		taken.places++;
	}
	close_run(&filling, outlet);
	if (any)
		cursor_look_from_last(cursor, taking->now_ns);
	return taken;
}
