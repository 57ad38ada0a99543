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

#include <stdint.h>

/* A hybrid wait that is shorter than this does not sleep at all. */
#define WAIT_SPINS_BELOW_NS 30000

enum wait_policy { WAIT_SLEEP, WAIT_HYBRID, WAIT_SPIN };

struct waiter {
	enum wait_policy policy;
	uint64_t guard_ns;
	uint64_t guard_max_ns;
	const uint64_t *stop; /* not 0: return at once */
};

void waiter_init(struct waiter *waiter, enum wait_policy policy, uint64_t shortest_period_ns, const uint64_t *stop);

/* Returns the time of return: at or after the deadline, or earlier when *stop was set. Sleeps are cut into slices of
 * 100 ms, so a stop is seen within that whatever the period. */
uint64_t wait_until(struct waiter *waiter, uint64_t deadline_ns);

#endif
