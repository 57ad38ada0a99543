// SPDX-License-Identifier: Apache-2.0
/* The sampling loop: one thread, one CPU, the streams that were planned for it. */
#ifndef COUNTERSINK_LANE_H
#define COUNTERSINK_LANE_H

#include "plan.h"

struct lane_run {
	struct lane *lane;
	struct waiter waiter;
	uint64_t start_ns;
	uint64_t stop_ns;	/* end of the schedule; UINT64_MAX: until told */
	int64_t wall_offset_ns; /* CLOCK_REALTIME - CLOCK_MONOTONIC at the start of the recording */
	const uint64_t *stop;
};

/* A pthread start routine. On return every scheduled tick of every stream of the lane is a row or in the ledger. */
void *lane_run(void *run);

/* Reads the stream times times back to back, into its histogram of read times only. 0, or an error where no read succeeded. */
int stream_probe(struct stream *stream, uint64_t times);

#endif
