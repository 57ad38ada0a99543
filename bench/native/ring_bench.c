// SPDX-License-Identifier: Apache-2.0
/*
 * Measures how fast rows go into the ring: ring_begin, a trivial fill, ring_commit, against a bare memcpy of the same
 * bytes.
 *
 *   ring_bench COLUMNS RING_MIB ROUND_MS ROUNDS CPU
 *
 * The producer runs on CPU (-1: on any). A consumer thread on another CPU releases all published rows once a
 * millisecond, as the writer does at a far lower rate. Rounds of both kinds alternate. Each prints one line:
 *
 *   ring|memcpy ROWS NS FULL        FULL: how often the ring was full; the producer then tries again
 *
 * NS is CPU time of the producer, so that other work on its CPU does not count.
 */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "../../sampler/native/clock.h"
#include "../../sampler/native/ring.h"

enum { GAP_CAPACITY = 16, CLOCK_EVERY = 2048, PERIOD_NS = 1000, MIB = 1 << 20 };

struct bench {
	uint32_t columns;
	size_t ring_bytes;
	uint64_t round_ns;
	uint64_t rounds;
	int cpu;
	char *memory;
	char *copy; /* the target of the memcpy rounds, as large as the ring */
	struct ring ring;
	uint64_t tick;
	uint64_t stop;
};

struct round {
	uint64_t rows, ns, full;
};

/* Bytes of one row: ts, tick, read_ns and the counters. */
static size_t row_bytes(const struct bench *bench)
{
	return 8 + 8 + 4 + 8 * (size_t)bench->columns;
}

static void write_header(const struct bench *bench)
{
	size_t blocks = (bench->ring_bytes - ring_blocks_offset(GAP_CAPACITY)) / block_bytes(bench->columns);
	*word_at(bench->memory, ring_hash) = layout_hash();
	*word_at(bench->memory, ring_bytes) = bench->ring_bytes;
	*word_at(bench->memory, ring_columns) = bench->columns;
	*word_at(bench->memory, ring_blocks) = blocks;
	*word_at(bench->memory, ring_gap_capacity) = GAP_CAPACITY;
	*word_at(bench->memory, ring_period_ns) = PERIOD_NS;
	store_for_consumer(word_at(bench->memory, ring_magic), UMEM_MAGIC);
}

static void *release_all(void *argument)
{
	struct bench *bench = argument;
	const struct timespec pause = {0, 1000000};
	while (!load_statistic(&bench->stop)) {
		uint64_t published = load_from_consumer(ring_word(&bench->ring, ring_rows_published));
		store_for_consumer(ring_word(&bench->ring, ring_rows_released), published);
		nanosleep(&pause, NULL);
	}
	return NULL;
}

static uint64_t cpu_ns(void)
{
	return clock_ns(CLOCK_THREAD_CPUTIME_ID);
}

static struct round run_ring(struct bench *bench)
{
	struct round round = {0};
	struct cells cells = {0};
	/* Locals, so that the fill is a store for each cell and little else. */
	const uint32_t columns = bench->columns;
	uint64_t tick = bench->tick;
	uint64_t begin = cpu_ns(), now = begin;
	while (now - begin < bench->round_ns) {
		for (int i = 0; i < CLOCK_EVERY; i++) {
			if (!ring_begin(&bench->ring, tick, &cells)) {
				round.full++;
				continue;
			}
			for (uint32_t column = 0; column < columns; column++)
				cell_put(&cells, column, tick + column);
			ring_commit(&bench->ring, &cells, (int64_t)tick, 1);
			tick++;
			round.rows++;
		}
		now = cpu_ns();
	}
	bench->tick = tick;
	round.ns = now - begin;
	return round;
}

static struct round run_memcpy(struct bench *bench)
{
	static char row[8 * (RING_MAX_COLUMNS + FIXED_COLUMNS)];
	struct round round = {0};
	size_t bytes = row_bytes(bench), at = 0;
	uint64_t begin = cpu_ns(), now = begin;
	while (now - begin < bench->round_ns) {
		for (int i = 0; i < CLOCK_EVERY; i++) {
			memcpy(bench->copy + at, row, bytes);
			/* The compiler must assume that each row is a different one. */
			__asm__ volatile("" : : "r"(bench->copy + at), "r"(row) : "memory");
			at = at + 2 * bytes <= bench->ring_bytes ? at + bytes : 0;
		}
		round.rows += CLOCK_EVERY;
		now = cpu_ns();
	}
	round.ns = now - begin;
	return round;
}

static void pin(int cpu, bool away)
{
	cpu_set_t cpus;
	if (cpu < 0 || sched_getaffinity(0, sizeof cpus, &cpus))
		return;
	if (away) {
		CPU_CLR((size_t)cpu, &cpus);
	} else {
		CPU_ZERO(&cpus);
		CPU_SET((size_t)cpu, &cpus);
	}
	/* If there is only one CPU, both threads stay on it. */
	if (CPU_COUNT(&cpus))
		sched_setaffinity(0, sizeof cpus, &cpus);
}

static void *map(size_t bytes)
{
	int flags = MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE;
	void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, flags, -1, 0);
	return memory == MAP_FAILED ? NULL : memory;
}

static void print_round(const char *kind, struct round round)
{
	printf("%s %llu %llu %llu\n", kind, (unsigned long long)round.rows, (unsigned long long)round.ns,
	       (unsigned long long)round.full);
}

static int parse(struct bench *bench, int count, char **words)
{
	uint64_t columns, mib, ms;
	int64_t cpu;
	if (count != 6 || parse_u64(words[1], &columns) || parse_u64(words[2], &mib) || parse_u64(words[3], &ms) ||
	    parse_u64(words[4], &bench->rounds) || parse_i64(words[5], &cpu))
		return -EINVAL;
	if (columns == 0 || columns > RING_MAX_COLUMNS || mib == 0 || cpu < -1 || cpu >= CPU_SETSIZE)
		return -EINVAL;
	bench->columns = (uint32_t)columns;
	bench->ring_bytes = mib * MIB;
	bench->round_ns = ms * 1000000;
	bench->cpu = (int)cpu;
	return 0;
}

int main(int count, char **words)
{
	static struct bench bench;
	if (parse(&bench, count, words)) {
		fprintf(stderr, "usage: ring_bench COLUMNS RING_MIB ROUND_MS ROUNDS CPU\n");
		return 2;
	}
	bench.memory = map(bench.ring_bytes);
	bench.copy = map(bench.ring_bytes);
	if (!bench.memory || !bench.copy || ring_blocks_offset(GAP_CAPACITY) > bench.ring_bytes) {
		fprintf(stderr, "ring_bench: no memory for the ring\n");
		return 1;
	}
	write_header(&bench);
	int error = ring_attach(&bench.ring, bench.memory, bench.ring_bytes, bench.columns, PERIOD_NS);
	if (error) {
		fprintf(stderr, "ring_bench: the ring is not acceptable: %s\n", strerror(-error));
		return 1;
	}
	pthread_t consumer;
	pin(bench.cpu, true);
	if (pthread_create(&consumer, NULL, release_all, &bench))
		return 1;
	pin(bench.cpu, false);
	for (uint64_t i = 0; i < bench.rounds; i++) {
		print_round("ring", run_ring(&bench));
		print_round("memcpy", run_memcpy(&bench));
	}
	store_statistic(&bench.stop, 1);
	pthread_join(consumer, NULL);
	return 0;
}
