// SPDX-License-Identifier: Apache-2.0
/*
 * Waiting for a deadline.
 *
 *   sleep    clock_nanosleep to the deadline; late by the wake latency of the machine
 *   hybrid   sleep to a guard before the deadline, then spin; the guard follows the measured wake latency
 *   spin     never sleep; for a CPU of its own
 *
 *   1. If the deadline is further away than the guard (and, for hybrid, than WAIT_SPINS_BELOW_NS beyond it), the thread
 *      sleeps until the guard begins. A long sleep is cut into slices of 100 ms, and between two slices the stop word
 *      is read.
 *   2. After a sleep, hybrid compares the time of waking with the time it asked for, and moves the guard towards the
 *      90th percentile of that latency: up by nine steps when it woke later than the guard allows, down by one when it
 *      did not.
 *   3. The rest is spun away: the thread reads the clock and the stop word in turn until one of them ends the wait.
 *   4. wait_until returns the time at which it ended. Nothing is returned before the deadline, unless the stop word is
 *      set.
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
	uint64_t window_ns, window_cpu_ns; /* start of the window, and the CPU time of the thread then */
};

void waiter_init(struct waiter *waiter, enum wait_policy policy, uint64_t shortest_period_ns, const uint64_t *stop);

/* Whether wait_until would sleep. */
bool wait_sleeps(const struct waiter *waiter, uint64_t now_ns, uint64_t deadline_ns);

/* Returns the time of return: at or after the deadline, or earlier when *stop was set, which is seen within 100 ms. */
uint64_t wait_until(struct waiter *waiter, uint64_t deadline_ns);

/* Called between two ticks by the thread that waits. A thread at real-time priority that has taken nearly all of its
 * CPU for a while gives up that priority, whatever its plan says, and goes on as a thread that spins (priority.h):
 * nobody else would run there. */
void waiter_give_way(struct waiter *waiter, uint64_t now_ns);

#endif
