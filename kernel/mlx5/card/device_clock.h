// SPDX-License-Identifier: Apache-2.0
/*
 * The device's clock on CLOCK_MONOTONIC. Nothing shows both clocks at the same moment. The fit:
 *
 *   1. Each drain bounds the device's clock from both sides. A sample in an answer was taken before the answer came (an
 *      upper bound). The sample after the newest was not yet taken when the command was sent (a lower bound).
 *   2. Time is divided into cells of 250 ms. A cell keeps the tightest bound of either side; 64 cells are kept (16 s).
 *   3. Bounds are counted in ns above the nominal line: a clock with exactly the frequency that the device states.
 *   4. The slope of the fit is by least squares through the middles of the cells, drawn towards 0 by what is known of
 *      crystals, and then moved into the range in which a line passes between all bounds, if there is one.
 *   5. The offset is halfway between the bounds that are tightest along this slope.
 *   6. The residual is the distance from the line to the farther of the present bounds, plus what the slope may be off
 *      since they were taken. The truth is within the residual.
 *   7. A better fit moves the line. Rows do not jump with it: device_clock_row() lets them approach it slowly.
 */
#ifndef COUNTERSINK_DEVICE_CLOCK_H
#define COUNTERSINK_DEVICE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

enum { CLOCK_CELLS = 64 };
#define CLOCK_CELL_NS 250000000

/* Bounds in ns above the nominal line, each with the nominal time at which it held. */
struct clock_cell {
	double start_ns, upper_ns, upper_at, lower_ns, lower_at;
};

struct device_clock {
	double nominal_ns; /* per clock, as the device says */
	double ring_ns;	   /* how long a sample stays readable */
	uint64_t origin_clock, origin_ns;
	struct clock_cell cells[CLOCK_CELLS];
	uint32_t count, newest, sloped;
	double latest_at; /* nominal time of the last upper bound */
	/* The fit: ns above the nominal line = offset_ns + slope * (nominal ns since the origin). */
	double offset_ns, slope, residual_ns;
	double worst_ns; /* largest residual since the owner last reset this */
};

/* ring_clocks: how long a sample stays readable. */
void device_clock_init(struct device_clock *clock, uint64_t frequency_khz, double ring_clocks);

/* Upper bound: a sample of device time `clocks` (unwrapped) was in an answer that came at after_ns. The first call
 * sets the origin. */
void device_clock_not_after(struct device_clock *clock, uint64_t clocks, uint64_t after_ns);

/* Lower bound: the sample of that time was not there yet when a command was sent at before_ns. */
void device_clock_not_before(struct device_clock *clock, uint64_t clocks, uint64_t before_ns);

/* Fits the line to all bounds. */
void device_clock_fit(struct device_clock *clock);

/* CLOCK_MONOTONIC of a device time, by the fit. */
static inline int64_t device_clock_map(const struct device_clock *clock, uint64_t clocks)
{
	double nominal = (double)(int64_t)(clocks - clock->origin_clock) * clock->nominal_ns;
	return (int64_t)clock->origin_ns + (int64_t)(nominal + clock->offset_ns + clock->slope * nominal);
}

/* The last row that was placed by a clock. */
struct row_clock {
	bool any; /* there was a row; the owner clears it where the next row may lie anywhere later */
	uint64_t clocks;
	int64_t ts;
	double beside_ns, offset_ns, slope; /* how far the row was from the line, and the line */
};

/* CLOCK_MONOTONIC of a row, later than that of the row before. After the line moved, rows approach it by a share of
 * the time that passes, from 200 ppm to 5 %, so that rates stay those of the device's clock. Their distance to the
 * line counts as residual. */
int64_t device_clock_row(struct device_clock *clock, struct row_clock *row, uint64_t clocks);

#endif
