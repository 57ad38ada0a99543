// SPDX-License-Identifier: Apache-2.0
/* The threads of the sampler: one for each lane and one for each follower, with the CPU and the priority that the plan
 * asks for. */
#ifndef COUNTERSINK_THREADS_H
#define COUNTERSINK_THREADS_H

#include "plan.h"

/* When the schedule of every lane starts and ends (CLOCK_MONOTONIC), and the word that ends it earlier. */
struct schedule {
	uint64_t start_ns, stop_ns;
	int64_t wall_offset_ns;
	uint64_t *stop;
};

/* Starts every lane with its followers, and sets bits of *granted (enum grant). 0 or a positive errno. */
int threads_start(struct plan *plan, const struct schedule *schedule, uint64_t *granted);

/* Returns when every lane has accounted for its last tick and every follower has ended. */
void threads_join(struct plan *plan, const struct schedule *schedule);

/* Whether one of the threads has given up its real-time priority (wait.h). */
bool threads_gave_way(const struct plan *plan);

#endif
