// SPDX-License-Identifier: Apache-2.0
#include "wait.h"

#include <pthread.h>
#include <sched.h>
#include <stdbool.h>

#include "barrier.h"
#include "clock.h"

#define SLICE_NS 100000000
#define GUARD_MIN_NS 1000
#define GUARD_MAX_NS 100000
/* The guard is at most a period divided by this: time that is spun away is CPU time that the machine under test does
 * not have. */
#define GUARD_SHARE 32
/* Percent of a CPU that a thread of real-time priority may take. The kernel's own limit is 95 (sched_rt_runtime_us); it
 * may be off, and it stops the thread for 50 ms at a time. */
#define MAX_SHARE 90
#define WINDOW_NS 200000000

void waiter_init(struct waiter *waiter, enum wait_policy policy, uint64_t shortest_period_ns, const uint64_t *stop)
{
	uint64_t share = shortest_period_ns / GUARD_SHARE;
	waiter->policy = policy;
	waiter->guard_max_ns = share < GUARD_MAX_NS ? share : GUARD_MAX_NS;
	waiter->guard_ns = policy == WAIT_HYBRID ? waiter->guard_max_ns / 2 : 0;
	waiter->stop = stop;
}

static void sleep_until(uint64_t at_ns)
{
	struct timespec t = {(time_t)(at_ns / NS_PER_S), (long)(at_ns % NS_PER_S)};
	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, 0);
}

/* Follows the 90th percentile of the wake latency: one late wake outweighs nine early ones. */
static void adapt_guard(struct waiter *waiter, uint64_t wake_latency_ns)
{
	uint64_t step = waiter->guard_ns / 128 + 20;
	if (wake_latency_ns > waiter->guard_ns)
		waiter->guard_ns += 9 * step;
	else if (waiter->guard_ns > GUARD_MIN_NS + step)
		waiter->guard_ns -= step;
	if (waiter->guard_ns > waiter->guard_max_ns)
		waiter->guard_ns = waiter->guard_max_ns;
}

/* A sleep costs 16 to 24 us of CPU time in a virtual machine, and it takes as long again until the thread runs. So
 * hybrid spins a shorter wait away; otherwise a quarter of the ticks would be missed at 50 kHz (measured). */
bool wait_sleeps(const struct waiter *waiter, uint64_t now_ns, uint64_t deadline_ns)
{
	uint64_t worth = waiter->policy == WAIT_HYBRID ? WAIT_SPINS_BELOW_NS : 0;
	return waiter->policy != WAIT_SPIN && now_ns + waiter->guard_ns + worth < deadline_ns;
}

void waiter_give_way(struct waiter *waiter, uint64_t now_ns)
{
	if (!waiter->fifo || now_ns - waiter->window_ns < WINDOW_NS)
		return;
	uint64_t cpu_ns = clock_ns(CLOCK_THREAD_CPUTIME_ID);
	if (waiter->window_ns && (cpu_ns - waiter->window_cpu_ns) * 100 > (now_ns - waiter->window_ns) * MAX_SHARE) {
		const struct sched_param none = {0};
		pthread_setschedparam(pthread_self(), SCHED_OTHER, &none);
		waiter->fifo = false;
		waiter->gave_way = true;
	}
	waiter->window_ns = now_ns;
	waiter->window_cpu_ns = cpu_ns;
}

static inline void pause_cpu(void)
{
#if defined(__x86_64__)
	__builtin_ia32_pause();
#else
	__asm__ volatile("yield");
#endif
}

uint64_t wait_until(struct waiter *waiter, uint64_t deadline_ns)
{
	uint64_t now = now_ns();
	while (wait_sleeps(waiter, now, deadline_ns)) {
		if (load_statistic(waiter->stop))
			return now;
		uint64_t wake = deadline_ns - waiter->guard_ns;
		bool slice = wake > now + SLICE_NS;
		if (slice)
			wake = now + SLICE_NS;
		sleep_until(wake);
		now = now_ns();
		if (waiter->policy == WAIT_HYBRID && !slice && now >= wake)
			adapt_guard(waiter, now - wake);
	}
	while (now < deadline_ns && !load_statistic(waiter->stop)) {
		pause_cpu();
		now = now_ns();
	}
	return now;
}
