// SPDX-License-Identifier: Apache-2.0
/* Deadlines are nanoseconds of CLOCK_MONOTONIC. Reading it takes about 25 ns and makes no system call (vDSO). */
#ifndef COUNTERSINK_CLOCK_H
#define COUNTERSINK_CLOCK_H

#include <stdint.h>
#include <time.h>

#define NS_PER_S 1000000000ULL

static inline uint64_t clock_ns(clockid_t id)
{
	struct timespec t;
	clock_gettime(id, &t);
	return (uint64_t)t.tv_sec * NS_PER_S + (uint64_t)t.tv_nsec;
}

static inline uint64_t now_ns(void)
{
	return clock_ns(CLOCK_MONOTONIC);
}

#endif
