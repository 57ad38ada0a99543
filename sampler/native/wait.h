// SPDX-License-Identifier: Apache-2.0
/*
 * Waiting for a deadline.
 *
 *   sleep    clock_nanosleep to the deadline; late by the wake latency of the machine
 *   hybrid   sleep to a guard before the deadline, then spin; the guard follows the measured wake latency
 *   spin     never sleep; for a CPU of its own
 */
#ifndef COUNTERSINK_WAIT_H
#define COUNTERSINK_WAIT_H

#include <stdbool.h>
#include <stdint.h>

/* A hybrid wait that is shorter than this does not sleep at all. */
#define WAIT_SPINS_BELOW_NS 30000

enum wait_policy { WAIT_SLEEP, WAIT_HYBRID, WAIT_SPIN };

struct waiter {
	enum wait_policy policy;
	uint64_t guard_ns;
	uint64_t guard_max_ns;
	const uint64_t *stop; /* not 0: return at once */

	bool fifo; /* the thread that waits has real-time priority */
	bool gave_way;
	uint64_t window_ns, window_cpu_ns; /* since when, and its CPU time then */
};

void waiter_init(struct waiter *waiter, enum wait_policy policy, uint64_t shortest_period_ns, const uint64_t *stop);

/* Returns the time of return: at or after the deadline, or earlier when *stop was set. Sleeps are cut into slices of
 * 100 ms, so a stop is seen within that whatever the period. */
uint64_t wait_until(struct waiter *waiter, uint64_t deadline_ns);

/* Between two ticks, by the thread that waits. One at real-time priority that has taken nearly all of its CPU for a while gives up that
 * priority, whatever its plan says, and goes on as a thread that spins (priority.h): nobody else would run there. */
void waiter_give_way(struct waiter *waiter, uint64_t now_ns);

#endif
