// SPDX-License-Identifier: Apache-2.0
#include "device_clock.h"

#include <math.h>
#include <string.h>

/* Crystals are within 100 ppm. Before there is evidence, the slope is taken to be within LIKELY_SLOPE of 0. */
#define LIKELY_SLOPE 5e-5
#define MAX_SLOPE 2e-4
#define CRYSTAL_SLOPE 1e-4
#define ROOT_12 3.4641016151377544

/* Up to this number of cells the slope is computed at every fit. */
enum { SLOPED_ALWAYS = 8 };

/* A row's distance to the line shrinks by a share of the time that passes: the distance over WEAR_NS, within
 * MIN_WEAR and MAX_WEAR. */
#define WEAR_NS 250e6
#define MIN_WEAR 2e-4
#define MAX_WEAR 0.05

void device_clock_init(struct device_clock *clock, uint64_t frequency_khz, double ring_clocks)
{
	memset(clock, 0, sizeof *clock);
	clock->nominal_ns = 1e6 / (double)frequency_khz;
	clock->ring_ns = ring_clocks * clock->nominal_ns;
}

/* The cell of this moment. A new one replaces the oldest. */
static struct clock_cell *cell_at(struct device_clock *clock, double at_ns)
{
	struct clock_cell *newest = &clock->cells[clock->newest];
	if (clock->count && at_ns < newest->start_ns + CLOCK_CELL_NS)
		return newest;
	clock->newest = clock->count ? (clock->newest + 1) % CLOCK_CELLS : 0;
	if (clock->count < CLOCK_CELLS)
		clock->count++;
	newest = &clock->cells[clock->newest];
	*newest = (struct clock_cell){at_ns, INFINITY, at_ns, -INFINITY, at_ns};
	return newest;
}

/* Nominal ns since the origin. */
static double nominal_at(const struct device_clock *clock, uint64_t clocks)
{
	return (double)(int64_t)(clocks - clock->origin_clock) * clock->nominal_ns;
}

/* Bounds of one cell are compared along the slope known so far; within a cell the clocks part by at most 25 us. */
void device_clock_not_after(struct device_clock *clock, uint64_t clocks, uint64_t after_ns)
{
	if (clock->count == 0) {
		clock->origin_clock = clocks;
		clock->origin_ns = after_ns;
	}
	double at = nominal_at(clock, clocks), bound = (double)(int64_t)(after_ns - clock->origin_ns) - at;
	struct clock_cell *cell = cell_at(clock, at);
	clock->latest_at = at;
	if (bound - clock->slope * at < cell->upper_ns - clock->slope * cell->upper_at) {
		cell->upper_ns = bound;
		cell->upper_at = at;
	}
}

void device_clock_not_before(struct device_clock *clock, uint64_t clocks, uint64_t before_ns)
{
	if (clock->count == 0)
		return;
	double at = nominal_at(clock, clocks), bound = (double)(int64_t)(before_ns - clock->origin_ns) - at;
	struct clock_cell *cell = cell_at(clock, at);
	if (bound - clock->slope * at > cell->lower_ns - clock->slope * cell->lower_at) {
		cell->lower_ns = bound;
		cell->lower_at = at;
	}
}

static bool is_bounded(const struct clock_cell *cell)
{
	return isfinite(cell->upper_ns) && isfinite(cell->lower_ns);
}

/* Least squares through the middles of the cells, drawn towards slope 0: a few cells close together show nothing of
 * a slope, and this needs no special case for them. The error of a middle is even over the width of its cell, so its
 * deviation is width / sqrt(12). */
static double likely_slope(const struct device_clock *clock)
{
	double n = 0, sum_t = 0, sum_y = 0, sum_tt = 0, sum_ty = 0, sum_width = 0;
	for (uint32_t i = 0; i < clock->count; i++) {
		const struct clock_cell *cell = &clock->cells[i];
		if (!is_bounded(cell))
			continue;
		double t = (cell->upper_at + cell->lower_at) / 2 - clock->cells[0].start_ns;
		double y = (cell->upper_ns + cell->lower_ns) / 2;
		n++, sum_t += t, sum_y += y, sum_tt += t * t, sum_ty += t * y;
		sum_width += fabs(cell->upper_ns - cell->lower_ns) / ROOT_12;
	}
	if (n < 2)
		return clock->slope;
	double noise = sum_width / n / LIKELY_SLOPE;
	double slope = (sum_ty - sum_t * sum_y / n) / (sum_tt - sum_t * sum_t / n + noise * noise + 1);
	return slope > MAX_SLOPE ? MAX_SLOPE : slope < -MAX_SLOPE ? -MAX_SLOPE : slope;
}

/* The slope nearest to the likely one with which a line passes between all bounds. */
static double possible_slope(const struct device_clock *clock, double likely)
{
	double min = -INFINITY, max = INFINITY;
	for (uint32_t i = 0; i < clock->count; i++)
		for (uint32_t j = 0; j < clock->count; j++) {
			const struct clock_cell *low = &clock->cells[i], *high = &clock->cells[j];
			double t = high->upper_at - low->lower_at, bound = (high->upper_ns - low->lower_ns) / t;
			if (t > 0 && bound < max)
				max = bound;
			if (t < 0 && bound > min)
				min = bound;
		}
	/* There is none where bounds contradict each other: samples came late, or a crystal got warm. */
	if (min > max)
		return likely;
	return likely < min ? min : likely > max ? max : likely;
}

/* How far the slope may be off: what the bounds leave open from the first cell to the last. One cell shows nothing. */
static double slope_error(const struct device_clock *clock, double width_ns)
{
	uint32_t oldest = clock->count < CLOCK_CELLS ? 0 : (clock->newest + 1) % CLOCK_CELLS;
	double span = clock->cells[clock->newest].start_ns - clock->cells[oldest].start_ns;
	double error = span > 0 ? width_ns / span : CRYSTAL_SLOPE;
	return error < CRYSTAL_SLOPE ? error : CRYSTAL_SLOPE;
}

/* Distance from the line to the farther bound of the newest cell. The truth lies between the two, and may have moved
 * since. */
static double farthest_bound(const struct device_clock *clock)
{
	const struct clock_cell *cell = &clock->cells[clock->newest];
	double over = cell->upper_ns - clock->slope * cell->upper_at - clock->offset_ns;
	double under = clock->offset_ns + clock->slope * cell->lower_at - cell->lower_ns;
	over = isfinite(over) ? fabs(over) : 0;
	under = isfinite(under) ? fabs(under) : 0;
	double since = clock->latest_at - (cell->upper_at < cell->lower_at ? cell->upper_at : cell->lower_at);
	return (over > under ? over : under) + slope_error(clock, over + under) * since;
}

struct offsets {
	double upper, lower;
};

static struct offsets offsets_of(const struct device_clock *clock)
{
	struct offsets offsets = {INFINITY, -INFINITY};
	for (uint32_t i = 0; i < clock->count; i++) {
		const struct clock_cell *cell = &clock->cells[i];
		double over = cell->upper_ns - clock->slope * cell->upper_at;
		double under = cell->lower_ns - clock->slope * cell->lower_at;
		offsets.upper = over < offsets.upper ? over : offsets.upper;
		offsets.lower = under > offsets.lower ? under : offsets.lower;
	}
	return offsets;
}

void device_clock_fit(struct device_clock *clock)
{
	struct offsets offsets = offsets_of(clock);
	/* The slope moves slowly and costs most, so it is computed once a cell, or when the line no longer passes
	 * between the bounds. */
	if (clock->newest != clock->sloped || clock->count <= SLOPED_ALWAYS || offsets.upper < offsets.lower) {
		clock->slope = possible_slope(clock, likely_slope(clock));
		offsets = offsets_of(clock);
	}
	clock->sloped = clock->newest;
	if (!isfinite(offsets.upper))
		return;
	/*
	 * Not bounded: of late the next sample was never absent, so what was newest may be as old as the ring is long.
	 * Not possible: bounds contradict each other, since samples came late or a crystal got warm. Nothing is read
	 * before it was sampled, so then the upper bound holds.
	 */
	bool bounded = offsets.lower > offsets.upper - clock->ring_ns;
	bool possible = offsets.lower <= offsets.upper;
	clock->offset_ns = bounded && possible ? (offsets.upper + offsets.lower) / 2 : offsets.upper;
	clock->residual_ns = bounded ? farthest_bound(clock) : clock->ring_ns;
	if (!possible)
		clock->residual_ns += offsets.lower - offsets.upper;
	if (clock->residual_ns > clock->worst_ns)
		clock->worst_ns = clock->residual_ns;
}

static double worn(double beside_ns, double passed_ns)
{
	double share = MIN_WEAR + fabs(beside_ns) / WEAR_NS;
	double wear = passed_ns > 0 ? passed_ns * (share < MAX_WEAR ? share : MAX_WEAR) : 0;
	return fabs(beside_ns) <= wear ? 0 : beside_ns - copysign(wear, beside_ns);
}

int64_t device_clock_row(struct device_clock *clock, struct row_clock *row, uint64_t clocks)
{
	double at = nominal_at(clock, clocks), before = nominal_at(clock, row->clocks), beside = 0;
	if (row->any) {
		double apart = (row->slope - clock->slope) * before;
		beside = worn(row->beside_ns + row->offset_ns - clock->offset_ns + apart, at - before);
	}
	int64_t ts = device_clock_map(clock, clocks) + (int64_t)(beside + copysign(0.5, beside));
	/* The line moved back by more than the time that passed. */
	if (ts <= row->ts) {
		beside += (double)(row->ts + 1 - ts);
		ts = row->ts + 1;
	}
	if (clock->residual_ns + fabs(beside) > clock->worst_ns)
		clock->worst_ns = clock->residual_ns + fabs(beside);
	*row = (struct row_clock){true, clocks, ts, beside, clock->offset_ns, clock->slope};
	return ts;
}
