// SPDX-License-Identifier: Apache-2.0
/*
 * Measures what the machine allows: a bare loop on a schedule, which in each slot only notes that it took the slot.
 *
 *   spin_bench spin|sleep PERIOD_NS DURATION_NS CPU
 *
 * spin never sleeps and asks for nice -20. sleep calls clock_nanosleep until the deadline, under SCHED_FIFO and with
 * the shortest timer slack. The sampler asks for the same privileges. A slot that has passed is missed and not caught
 * up. Prints one line:
 *
 *   SCHEDULED TAKEN CPU_NS LATENESS_P50_NS LATENESS_P99_NS LATENESS_MAX_NS GRANTED
 */
#include <errno.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

#include "../../sampler/native/clock.h"
#include "../../sampler/native/histogram.h"
#include "../../sampler/native/priority.h"

#define START_DELAY_NS 3000000
#define FIFO_PRIORITY 50

enum { NOTES = 1024 };

static uint64_t notes[NOTES];
static uint64_t lateness[HISTOGRAM_BUCKETS + 3];

static void sleep_until(uint64_t at_ns)
{
	struct timespec t = {(time_t)(at_ns / NS_PER_S), (long)(at_ns % NS_PER_S)};
	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, 0);
}

static uint64_t run(bool sleeping, uint64_t period, uint64_t start, uint64_t stop)
{
	uint64_t deadline = start, slot = 0, taken = 0;
	while (deadline < stop) {
		if (sleeping)
			sleep_until(deadline);
		uint64_t now = now_ns();
		while (now < deadline)
			now = now_ns();
		uint64_t missed = (now - deadline) / period;
		slot += missed;
		deadline += missed * period;
		if (deadline >= stop)
			break;
		notes[slot % NOTES] = now;
		histogram_add(lateness, now - deadline);
		taken++;
		slot++;
		deadline += period;
	}
	return taken;
}

static uint64_t quantile(double q)
{
	uint64_t left = (uint64_t)(q * (double)lateness[0] + 0.999), middle = 0;
	for (uint32_t bucket = 0; bucket < HISTOGRAM_BUCKETS && left; bucket++) {
		uint64_t count = lateness[3 + bucket];
		uint64_t width = bucket < HISTOGRAM_SUB ? 1 : 1ULL << (bucket / HISTOGRAM_SUB - 1);
		uint64_t low = bucket < HISTOGRAM_SUB ? bucket : (HISTOGRAM_SUB + bucket % HISTOGRAM_SUB) * width;
		middle = low + width / 2;
		left -= count < left ? count : left;
	}
	return middle;
}

/* Returns 1 when the kernel granted what the sampler would ask for. */
static int ask_privileges(bool sleeping)
{
	prctl(PR_SET_TIMERSLACK, 1);
	if (!sleeping)
		return take_spinning_priority();
	struct sched_param priority = {.sched_priority = FIFO_PRIORITY};
	return sched_setscheduler(0, SCHED_FIFO, &priority) == 0;
}

static int pin(int cpu)
{
	cpu_set_t cpus;
	if (cpu < 0)
		return 0;
	CPU_ZERO(&cpus);
	CPU_SET((size_t)cpu, &cpus);
	return sched_setaffinity(0, sizeof cpus, &cpus) ? -errno : 0;
}

int main(int count, char **words)
{
	bool sleeping = count == 5 && strcmp(words[1], "sleep") == 0;
	if (count != 5 || (!sleeping && strcmp(words[1], "spin")) || strtoull(words[2], NULL, 10) == 0) {
		fprintf(stderr, "usage: spin_bench spin|sleep PERIOD_NS DURATION_NS CPU\n");
		return 2;
	}
	uint64_t period = strtoull(words[2], NULL, 10), duration = strtoull(words[3], NULL, 10);
	int error = pin((int)strtol(words[4], NULL, 10));
	if (error) {
		fprintf(stderr, "spin_bench: cannot run on CPU %s: %s\n", words[4], strerror(-error));
		return 1;
	}
	int granted = ask_privileges(sleeping);
	uint64_t start = now_ns() + START_DELAY_NS;
	/* The loop spins during the last millisecond, so that a late wake does not miss slot 0. */
	if (!sleeping)
		sleep_until(start - NS_PER_S / 1000);
	uint64_t cpu = clock_ns(CLOCK_PROCESS_CPUTIME_ID);
	uint64_t taken = run(sleeping, period, start, start + duration);
	cpu = clock_ns(CLOCK_PROCESS_CPUTIME_ID) - cpu;
	printf("%llu %llu %llu %llu %llu %llu %d\n", (unsigned long long)((duration + period - 1) / period),
	       (unsigned long long)taken, (unsigned long long)cpu, (unsigned long long)quantile(0.5),
	       (unsigned long long)quantile(0.99), (unsigned long long)lateness[2], granted);
	return 0;
}
