// SPDX-License-Identifier: Apache-2.0
/*
 * The sampling loop: one thread with the streams that were planned for it.
 *
 *   1. The stream with the earliest deadline is next.
 *   2. If the thread is going to sleep, or the stream has time to be slow, every committed row of the lane is published
 *      (ring.h).
 *   3. The thread waits for the deadline (wait.h). Streams that are due at the same time share one wake.
 *   4. Ticks of the stream whose time has passed are put down as a gap, late. They are never caught up.
 *   5. The tick that is due is read, and becomes a row or a gap. A row whose followers have not delivered yet stays
 *      open until the next wake (follower.h).
 *   6. At the end of the schedule or at a stop, every stream accounts for each tick that was scheduled, and publishes
 *      what it has.
 *
 * Lanes share nothing but the stop word, so a read that takes long delays the streams of its own lane only.
 */
#ifndef COUNTERSINK_LANE_H
#define COUNTERSINK_LANE_H

#include "plan.h"

struct lane_run {
	struct lane *lane;
	struct waiter waiter;
	uint64_t start_ns;
	uint64_t stop_ns;	/* end of the schedule; UINT64_MAX: none, it runs until a stop */
	int64_t wall_offset_ns; /* CLOCK_REALTIME - CLOCK_MONOTONIC at the start of the recording */
	const uint64_t *stop;
};

/* A pthread start routine. When it returns, every scheduled tick of every stream of the lane is a row or in the
 * ledger. */
void *lane_run(void *run);

/* Reads the stream a number of times without a pause; only its histogram of read times is written. 0, or an error when
 * every read failed. */
int stream_probe(struct stream *stream, uint64_t times);

#endif
