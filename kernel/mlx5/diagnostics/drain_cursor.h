// SPDX-License-Identifier: Apache-2.0
/*
 * Where a drain is in the device's ring: the next place, the running numbers of wrapped ids and time stamps, and
 * how the device's clock and period relate to ours. Nothing here talks to the device. Functions take the time as
 * now_ns.
 */
#ifndef COUNTERSINK_DRAIN_CURSOR_H
#define COUNTERSINK_DRAIN_CURSOR_H

#include "../card/device_clock.h"
#include "drain_plan.h"
#include "records.h"

/* The times around a command. */
struct bracket {
	uint64_t before_ns, after_ns;
};

/* A sample in the ring: number and clock are unwrapped. */
struct position {
	uint32_t place;
	uint64_t number, clock;
};

/* The new samples at the start of an answer. */
struct news {
	uint32_t count;
	uint64_t first_clock, newest_clock, newest_number;
};

struct drain_cursor {
	uint32_t place;	      /* of the next sample */
	uint32_t left;	      /* places not yet taken, where the ring is filled once */
	uint64_t next_number; /* of the next sample */
	uint64_t last_clock;  /* of the last sample that was taken */
	uint64_t jumped;      /* samples that are missing right before the next one */
	bool any;	      /* a sample was taken since the device was found to write */
	bool lapped;	      /* the device went all the way round; no sample was taken since */

	double period;	   /* clocks between two samples, as the device takes them */
	bool period_known; /* it was measured; else it is the granted one */
	struct device_clock clock;
	struct row_clock row;

	uint64_t started_ns;   /* when we started the device; 0: someone else did, or samples have come since */
	uint64_t absent_at_ns; /* the next sample was not there yet at this time; 0: not known */
	uint64_t looked_ns;    /* every sample after the last one that was taken is later than this */
};

static inline double cursor_period_ns(const struct drain_cursor *cursor)
{
	return cursor->period * cursor->clock.nominal_ns;
}

void cursor_init(struct drain_cursor *cursor, const struct drain_plan *plan);

/* Forgets what the fit of the clock knows, after a period was learned. */
void cursor_reset_clock(struct drain_cursor *cursor, const struct drain_plan *plan);

/* The device was found to write: no sample is known yet. before_ns: when it was looked at. */
void cursor_start_anew(struct drain_cursor *cursor, uint64_t before_ns);

/* Makes this sample the next one to be taken. */
void cursor_move_to(struct drain_cursor *cursor, const struct position *position);

/* `samples` samples took `clocks` clocks. A device need not sample at the granted period: a published dump shows
 * samples 91 periods apart. */
void cursor_learn_period(struct drain_cursor *cursor, const struct drain_plan *plan, uint64_t samples, uint64_t clocks);

/* How many samples to ask for, so that the answer has all that are there at at_ns and one older sample after them. */
uint32_t cursor_due(const struct drain_cursor *cursor, const struct drain_plan *plan, uint64_t at_ns);

/* The highest number that a sample can have at now_ns. */
uint64_t cursor_latest(const struct drain_cursor *cursor, const struct drain_plan *plan, uint64_t now_ns);

/* The number of the sample at this record, given cursor_latest(). */
uint64_t cursor_number(const uint8_t *record, uint64_t latest);

/* Whether a jump to this number means that the device went all the way round. A device that skips more samples than
 * its ring holds jumps as far; the time that passed tells them apart. */
bool cursor_is_lapped_at(const struct drain_cursor *cursor, const struct drain_plan *plan, uint64_t number,
			 uint64_t now_ns);

/* The new samples at the start of the records of an answer, which has `count` samples. */
struct news cursor_news(const struct drain_cursor *cursor, const struct sample_layout *layout, const uint8_t *records,
			uint32_t count, uint64_t latest);

/* Bounds the fit of the clock by the times of an answer that had `count` samples. */
void cursor_bound_clock(struct drain_cursor *cursor, const struct news *news, uint32_t count,
			const struct bracket *bracket);

/* After a sample was taken: later samples are later than it. */
void cursor_look_from_last(struct drain_cursor *cursor, uint64_t now_ns);

#endif
