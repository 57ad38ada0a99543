// SPDX-License-Identifier: Apache-2.0
#include "drain.h"
#include "unwrap.h"

/* Beyond so many samples of silence their ids alone could mean an earlier round. */
enum { SURE_SAMPLES = 8192 };

/* What fills a run while it is open. */
struct filling {
	struct run run;
	uint32_t rows;
};

uint64_t drain_number(const struct mlx5_drain *drain, const uint8_t *at)
{
	double silent = (double)(drain_now_ns() - drain->looked_ns) / period_ns(drain);
	uint64_t passed = silent > SURE_SAMPLES ? (uint64_t)silent - SURE_SAMPLES : 0;
	return unwrap_u16(get_u16(at + RECORD_SAMPLE), drain->next_number + passed);
}

bool drain_is_lapped(const struct mlx5_drain *drain, const uint8_t *at)
{
	uint64_t number = drain_number(drain, at);
	return !drain->lapped && (int64_t)(number - drain->next_number) >= (int64_t)drain->places;
}

static void close_run(struct filling *filling, struct outlet *outlet)
{
	outlet->publish(outlet, &filling->run, filling->rows);
	filling->rows = filling->run.rows = 0;
}

/* Where there is no room, samples are read all the same, into a spare row: their ids and times carry on. */
static bool open_row(struct mlx5_drain *drain, struct outlet *outlet, struct filling *filling, uint32_t left)
{
	if (filling->rows < filling->run.rows)
		return true;
	close_run(filling, outlet);
	if (outlet->reserve(outlet, left, &filling->run))
		return true;
	filling->run = (struct run){.cells = (char *)drain->spare, .stride = sizeof *drain->spare};
	return false;
}

/* A jump: the device skipped, or it went round before we came. */
static void account_for_jump(struct mlx5_drain *drain, struct outlet *outlet, uint64_t missing)
{
	bool late = drain->lapped && (double)(drain_now_ns() - drain->looked_ns) > drain->places * period_ns(drain);
	enum missing why = drain->failed ? MISSING_ERROR : late ? MISSING_LATE : MISSING_SKIPPED;
	outlet->miss(outlet, missing, why);
	drain->next_number += missing;
	drain->jumped = missing;
}

static void write_row(struct mlx5_drain *drain, struct filling *filling, const struct sample *sample, uint64_t clock,
		      int64_t wall_offset_ns)
{
	uint32_t row = filling->rows++;
	int64_t ts = device_clock_map(&drain->clock, clock);
	/* A better fit may set the clock back; the rows do not follow it backwards. */
	if (ts <= drain->last_ts)
		ts = drain->last_ts + 1;
	drain->last_ts = ts;
	bool follows = drain->any && drain->jumped == 0 && clock > drain->last_clock;
	double nominal_ns = drain->clock.nominal_ns;
	filling->run.ts[row] = ts + wall_offset_ns;
	filling->run.read_ns[row] = (uint32_t)(sample->spread * nominal_ns);
	filling->run.period_ns[row] = follows ? (uint64_t)((double)(clock - drain->last_clock) * nominal_ns) : 0;
}

static void take_sample(struct mlx5_drain *drain, struct outlet *outlet, struct filling *filling, bool room,
			const struct sample *sample)
{
	uint64_t passed = (uint64_t)((double)(drain->jumped + 1) * drain->period);
	uint64_t clock = unwrap_u32(sample->time, drain->last_clock + passed);
	if (room)
		write_row(drain, filling, sample, clock, outlet->wall_offset_ns);
	else
		outlet->miss(outlet, 1, MISSING_FULL);
	if (drain->absent_at_ns)
		device_clock_not_before(&drain->clock, clock, drain->absent_at_ns);
	drain->absent_at_ns = 0;
	drain->last_clock = clock;
	drain->next_number++;
	drain->jumped = 0;
	drain->any = true;
	drain->lapped = false;
}

uint32_t drain_take(struct mlx5_drain *drain, struct outlet *outlet, uint32_t count)
{
	struct filling filling = {0};
	const uint8_t *at = drain->answer + ANSWER_HEADER;
	size_t bytes = sample_bytes(&drain->layout);
	uint32_t i = 0;
	/* Within one answer samples follow each other: the clock is asked once. */
	uint64_t expected = drain_number(drain, at);
	while (i < count) {
		struct sample sample;
		bool room = open_row(drain, outlet, &filling, count - i);
		bool whole = sample_read(&drain->layout, at, &filling.run, filling.rows, &sample);
		uint64_t number = unwrap_u16(sample.id, expected);
		if (!whole || (int64_t)(number - drain->next_number) < 0) {
			if (!drain->lapped)
				break;
		} else if (number != drain->next_number) {
			if (!drain->lapped && number - drain->next_number >= drain->places)
				break;
			close_run(&filling, outlet);
			account_for_jump(drain, outlet, number - drain->next_number);
			continue;
		} else {
			take_sample(drain, outlet, &filling, room, &sample);
			expected = drain->next_number;
		}
		at += bytes;
		i++;
	}
	close_run(&filling, outlet);
	return i;
}
