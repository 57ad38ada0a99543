// SPDX-License-Identifier: Apache-2.0
#include "clock.h"

#include <math.h>
#include <string.h>

/* Crystals are within 100 ppm; before there is evidence the slope is believed to be 0 within this. */
#define LIKELY_SLOPE 5e-5
#define MOST_SLOPE 2e-4

void device_clock_init(struct device_clock *clock, uint64_t frequency_khz)
{
	memset(clock, 0, sizeof *clock);
	clock->nominal_ns = 1e6 / (double)frequency_khz;
}

/* The cell that this moment belongs to; the oldest is given up for it. */
static struct clock_cell *cell_at(struct device_clock *clock, double at_ns)
{
	struct clock_cell *newest = &clock->cells[clock->newest];
	if (clock->count && at_ns < newest->begin_ns + CLOCK_CELL_NS)
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

/* Bounds of one cell are compared along the slope known so far: over its length the clocks part by 25 us at most. */
void device_clock_not_after(struct device_clock *clock, uint64_t clocks, uint64_t after_ns)
{
	if (clock->count == 0) {
		clock->origin_clock = clocks;
		clock->origin_ns = after_ns;
	}
	double at = nominal_at(clock, clocks), bound = (double)(int64_t)(after_ns - clock->origin_ns) - at;
	struct clock_cell *cell = cell_at(clock, at);
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

/*
 * Least squares through the middles of the cells, drawn towards slope 0 by what is known of crystals: a few cells that lie
 * close together say nothing about a slope, and this says so without a special case.
 */
static double fit_slope(const struct device_clock *clock)
{
	double n = 0, sum_t = 0, sum_y = 0, sum_tt = 0, sum_ty = 0, sum_width = 0;
	for (uint32_t i = 0; i < clock->count; i++) {
		const struct clock_cell *cell = &clock->cells[i];
		if (!is_bounded(cell))
			continue;
		double t = (cell->upper_at + cell->lower_at) / 2 - clock->cells[0].begin_ns;
		double y = (cell->upper_ns + cell->lower_ns) / 2;
		n++, sum_t += t, sum_y += y, sum_tt += t * t, sum_ty += t * y;
		sum_width += fabs(cell->upper_ns - cell->lower_ns) / 2;
	}
	if (n < 2)
		return clock->slope;
	double noise = sum_width / n / LIKELY_SLOPE;
	double slope = (sum_ty - sum_t * sum_y / n) / (sum_tt - sum_t * sum_t / n + noise * noise + 1);
	return slope > MOST_SLOPE ? MOST_SLOPE : slope < -MOST_SLOPE ? -MOST_SLOPE : slope;
}

void device_clock_fit(struct device_clock *clock)
{
	clock->slope = fit_slope(clock);
	double upper = INFINITY, lower = -INFINITY;
	for (uint32_t i = 0; i < clock->count; i++) {
		const struct clock_cell *cell = &clock->cells[i];
		double over = cell->upper_ns - clock->slope * cell->upper_at;
		double under = cell->lower_ns - clock->slope * cell->lower_at;
		upper = over < upper ? over : upper;
		lower = under > lower ? under : lower;
	}
	if (!isfinite(upper))
		return;
	/* Without a bound from below the upper one is all there is: the residual is then not known to be small. */
	if (!isfinite(lower))
		lower = upper;
	clock->offset_ns = (upper + lower) / 2;
	/* Bounds that contradict each other (a late sample, a drift that changes) are off by at least as much. */
	clock->residual_ns = fabs(upper - lower) / 2;
}
