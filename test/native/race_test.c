// SPDX-License-Identifier: Apache-2.0
/*
 * The laws of the ring between two threads that run at full speed; ThreadSanitizer runs this test, too. race_test
 * [SEED] [ROUNDS]
 */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <unistd.h>

#include "cells.h"
#include "consumer.h"

enum { TICKS = 150000, PHASE = 8192 };

struct race {
	struct ring ring;
	uint64_t salt, columns;
	_Atomic bool ended;
	char *base;
};

static bool ledger_has_room(const struct ring *ring)
{
	return *ring_word(ring, ring_gaps_published) - load_from_consumer(ring_word(ring, ring_gaps_released)) <
	       ring->gap_capacity;
}

static void *produce_all(void *argument)
{
	struct race *race = argument;
	struct chance chance = {race->salt};
	struct cells cells = {0};
	for (uint64_t tick = 0; tick < TICKS; tick++) {
		/* In half of the rounds the producer waits, so that both a full and an empty ring occur. */
		while (tick / PHASE % 2 && !(ring_begin(&race->ring, tick, &cells) && ledger_has_room(&race->ring)))
			sched_yield();
		if (!ring_begin(&race->ring, tick, &cells)) {
			ring_miss(&race->ring, tick, 1, GAP_RING_FULL, (int64_t)tick);
			continue;
		}
		fill(&cells, (uint32_t)race->columns, race->salt, tick);
		if (draw_below(&chance, 200) == 0)
			ring_miss(&race->ring, tick, 1, GAP_SOURCE_ERROR, (int64_t)tick);
		else
			ring_commit(&race->ring, &cells, (int64_t)tick, (uint32_t)mix(tick));
		if (draw_below(&chance, 30) == 0)
			ring_publish_staged(&race->ring);
	}
	while (!ring_flush(&race->ring))
		sched_yield();
	race->ended = true;
	return NULL;
}

static void test_threads(uint64_t round)
{
	struct race race = {.salt = mix(test_seed + round), .columns = 1 + round % 3 * (STREAM_COLUMNS - 1)};
	uint64_t blocks = 2 + round % 3, gaps = 4 + round * 8;
	race.base = make_ring(race.columns, blocks, gaps, 1000);
	int error = ring_attach(&race.ring, race.base, ring_size(race.columns, blocks, gaps), race.columns, 1000);
	CHECK(error == 0, "attach: %d", error);
	use_transpose(&race.ring, round / 2);
	struct consumer consumer;
	consumer_init(&consumer, race.base, &race.salt);
	consumer.expect = expect_cell;
	pthread_t producer;
	error = pthread_create(&producer, NULL, produce_all, &race);
	CHECK(error == 0, "thread: %d", error);
	uint64_t looks = 0;
	for (bool ended = false; !ended;) {
		ended = race.ended;
		consume_all(&consumer);
		/* A consumer that sometimes stops for a moment. */
		if (looks++ % 4096 == 0)
			usleep(2000);
	}
	pthread_join(producer, NULL);
	CHECK(consumer.next_tick == TICKS, "%" PRIu64 " ticks arrived", consumer.next_tick);
	CHECK(consumer.rows + consumer_gap_ticks(&consumer) == TICKS, "rows + gaps = ticks");
	/* The rounds in which the producer waits, without their few errors. */
	CHECK(consumer.rows > TICKS * 2 / 5, "only %" PRIu64 " rows arrived", consumer.rows);
	printf("   %" PRIu64 " rows, %" PRIu64 " ring_full, %" PRIu64 " source_error\n", consumer.rows,
	       consumer.gap_ticks[GAP_RING_FULL], consumer.gap_ticks[GAP_SOURCE_ERROR]);
	ring_detach(&race.ring);
	free(race.base);
}

int main(int count, char **words)
{
	test_seed = count > 1 ? strtoull(words[1], NULL, 10) : 1;
	uint64_t rounds = count > 2 ? strtoull(words[2], NULL, 10) : 6;
	printf("seed %" PRIu64 "\n", test_seed);
	for (uint64_t round = 0; round < rounds; round++)
		test_threads(round);
	printf("ok %" PRIu64 " rings between two threads\n", rounds);
	return 0;
}
