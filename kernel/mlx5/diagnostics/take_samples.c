// SPDX-License-Identifier: Apache-2.0
#include "mlx5_drain.h"
#include "unwrap.h"

/* What a device may have taken beyond what its period says: a quarter more, but no more than leaves room, among the 65,536 ids, for
 * all that a ring may span; and a few. */
enum { SHARE_MORE = 4, MOST_MORE = 16384, FEW_MORE = 64 };
/* Of the ring: in this much time the device may have gone round, its period being an estimate. */
#define LAPPED_SHARE 0.75

/* What fills a run while it is open. */
struct filling {
	struct run run;
	uint32_t rows;
};

/* No sample after this one can have been taken by now; so the number of a sample is the highest up to it that ends in the sample's
 * id. Counting from the last one that was taken would not do: after a silence it is rounds of ids ago, and where the device skips so
 * many that its ring spans more than half of all ids, samples of the last round look like ones to come. */
static uint64_t latest_number(const struct mlx5_drain *drain)
{
	/* A ring that is filled once may be as old as it likes. */
	if (drain->single)
		return drain->next_number + INT16_MAX;
	double silent = (double)(drain_now_ns() - drain->looked_ns) / period_ns(drain);
	double more = silent / SHARE_MORE + drain->clock.residual_ns / period_ns(drain);
	return drain->next_number + (uint64_t)(silent + (more < MOST_MORE ? more : MOST_MORE)) + FEW_MORE;
}

static uint64_t number_of(const uint8_t *at, uint64_t latest)
{
	return unwrap_u16(get_u16(at + RECORD_SAMPLE), latest);
}

uint64_t drain_number(const struct mlx5_drain *drain, const uint8_t *at)
{
	return number_of(at, latest_number(drain));
}

/* A device that skips more samples than its ring holds looks the same, but for the time that it took. */
static bool is_lapped_at(const struct mlx5_drain *drain, uint64_t number)
{
	double passed_ns = (double)(drain_now_ns() - drain->looked_ns) + drain->clock.residual_ns;
	return !drain->single && !drain->lapped && (int64_t)(number - drain->next_number) >= (int64_t)drain->places &&
	       passed_ns > drain->places * period_ns(drain) * LAPPED_SHARE;
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
	enum missing why = drain->single	? MISSING_SKIPPED /* there nothing is ever written over */
			   : drain->failed ? MISSING_ERROR
			   : drain->lapped ? MISSING_LATE
					   : MISSING_SKIPPED;
	/* Before the first sample there is nothing to miss. */
	if (drain->any)
		outlet->miss(outlet, missing, why);
	drain->next_number += missing;
	drain->jumped = missing;
}

void drain_account_for_silence(struct mlx5_drain *drain, struct outlet *outlet, uint64_t until_ns)
{
	double missing = (double)(int64_t)(until_ns - drain->took_ns) / period_ns(drain);
	if (drain->single && missing > drain->left)
		missing = drain->left;
	if (missing < 1)
		return;
	drain->left -= drain->single ? (uint32_t)missing : 0;
	outlet->miss(outlet, (uint64_t)missing, MISSING_ERROR);
	drain->took_ns += (uint64_t)((double)(uint64_t)missing * period_ns(drain));
}

static void write_row(struct mlx5_drain *drain, struct filling *filling, const struct sample *sample, uint64_t clock,
		      int64_t wall_offset_ns)
{
	uint32_t row = filling->rows++;
	bool follows = drain->any && drain->jumped == 0 && clock > drain->last_clock;
	double nominal_ns = drain->clock.nominal_ns;
	filling->run.ts[row] = device_clock_row(&drain->clock, &drain->row, clock) + wall_offset_ns;
	filling->run.read_ns[row] = (uint32_t)(sample->spread * nominal_ns);
	filling->run.period_ns[row] = follows ? (uint64_t)((double)(clock - drain->last_clock) * nominal_ns) : 0;
}

/* From here on the device is known to have been: what is newer than this sample is later than it. */
static void look_from(struct mlx5_drain *drain)
{
	uint64_t taken = (uint64_t)device_clock_map(&drain->clock, drain->last_clock), now = drain_now_ns();
	drain->looked_ns = taken < now ? taken : now;
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
	drain->last_clock = clock;
	drain->next_number++;
	drain->jumped = 0;
	drain->any = true;
	drain->lapped = false;
}

struct news drain_news(const struct mlx5_drain *drain, uint32_t count)
{
	const uint8_t *at = drain->answer + ANSWER_HEADER;
	struct news news = {.newest_number = drain->next_number - 1, .newest_clock = drain->last_clock};
	uint64_t latest = latest_number(drain);
	for (uint32_t i = 0; i < count; i++, at += sample_bytes(&drain->layout)) {
		uint64_t number = number_of(at, latest);
		if (get_u16(at) != drain->layout.ids[0] || (int64_t)(number - news.newest_number) <= 0)
			break;
		uint64_t passed = (uint64_t)((double)(number - news.newest_number) * drain->period);
		news.newest_clock = unwrap_u32(get_u32(at + RECORD_TIME), news.newest_clock + passed);
		news.newest_number = number;
		if (news.count++ == 0)
			news.first_clock = news.newest_clock;
	}
	return news;
}

uint32_t drain_take(struct mlx5_drain *drain, struct outlet *outlet, uint32_t count, bool *behind)
{
	struct filling filling = {0};
	const uint8_t *at = drain->answer + ANSWER_HEADER;
	size_t bytes = sample_bytes(&drain->layout);
	uint32_t i = 0;
	/* Within one answer samples follow each other: the clock is asked once. */
	uint64_t latest = latest_number(drain);
	bool taken = *behind = false;
	while (i < count) {
		struct sample sample;
		bool room = open_row(drain, outlet, &filling, count - i);
		bool whole = sample_read(&drain->layout, at, &filling.run, filling.rows, &sample);
		uint64_t number = number_of(at, latest);
		if (!whole || (int64_t)(number - drain->next_number) < 0) {
			if (!drain->lapped)
				break;
		} else if (number != drain->next_number) {
			if (taken)
				look_from(drain);
			*behind = is_lapped_at(drain, number);
			if (*behind)
				break;
			close_run(&filling, outlet);
			account_for_jump(drain, outlet, number - drain->next_number);
			continue;
		} else {
			take_sample(drain, outlet, &filling, room, &sample);
			taken = true;
		}
		at += bytes;
		i++;
	}
	close_run(&filling, outlet);
	if (taken)
		look_from(drain);
	return i;
}
