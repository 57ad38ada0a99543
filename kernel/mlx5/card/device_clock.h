// SPDX-License-Identifier: Apache-2.0
/*
 * The device's clock on CLOCK_MONOTONIC. Nothing tells both at once, but each drain bounds it from both sides: a sample that was
 * in an answer was taken before the answer came, and the sample after it was not yet taken when the command was sent. The fit
 * is the line in the middle between the tightest of these bounds; its residual is how far the present ones are from it.
 */
#ifndef COUNTERSINK_DEVICE_CLOCK_H
#define COUNTERSINK_DEVICE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

enum { CLOCK_CELLS = 64 };
/* Bounds of so much time are summed up in one cell: the window is 16 s. */
#define CLOCK_CELL_NS 250000000

/* ns above the line of the nominal frequency, each with when it held. */
struct clock_cell {
	double begin_ns, upper_ns, upper_at, lower_ns, lower_at;
};

struct device_clock {
	double nominal_ns; /* per clock, as the device says */
	double ring_ns;
	uint64_t origin_clock, origin_ns;
	struct clock_cell cells[CLOCK_CELLS];
	uint32_t count, newest, sloped;
	double latest_at; /* of the last sample that was bounded */
	/* The fit: ns above the nominal line = offset_ns + slope * (nominal ns since origin). */
	double offset_ns, slope, residual_ns;
	double worst_ns; /* residual since whoever resets this */
};

/* ring_clocks: how long a sample stays readable. */
void device_clock_init(struct device_clock *clock, uint64_t frequency_khz, double ring_clocks);

/* A sample of device time `clocks` (unwrapped) was in an answer that came at after_ns. The first call sets the origin. */
void device_clock_not_after(struct device_clock *clock, uint64_t clocks, uint64_t after_ns);

/* A sample of that time was not yet there when a command was sent at before_ns. */
void device_clock_not_before(struct device_clock *clock, uint64_t clocks, uint64_t before_ns);

/* Takes the bounds into the fit. */
void device_clock_fit(struct device_clock *clock);

/* CLOCK_MONOTONIC of a device time. */
static inline int64_t device_clock_map(const struct device_clock *clock, uint64_t clocks)
{
	double nominal = (double)(int64_t)(clocks - clock->origin_clock) * clock->nominal_ns;
	return (int64_t)clock->origin_ns + (int64_t)(nominal + clock->offset_ns + clock->slope * nominal);
}

/* Times of rows on that clock. */
struct row_clock {
	bool any; /* there was a row; set to false, it may begin anywhere that is later */
	uint64_t clocks;
	int64_t ts;
	double beside_ns, offset_ns, slope; /* how far it was from the line, and the line */
};

/* CLOCK_MONOTONIC of a row, later than that of the row before. Where a better fit moves the line, rows do not jump with it: they come
 * nearer by a share of the time that passes, from 200 ppm up to 5 %, so that a rate keeps to the device's clock. How far they are
 * beside it counts as residual. */
int64_t device_clock_row(struct device_clock *clock, struct row_clock *row, uint64_t clocks);

#endif
