// SPDX-License-Identifier: Apache-2.0
/* Makes a plan of one stream and its rings, ready for lane_run, as main.c does, but without a process. */
#ifndef COUNTERSINK_TEST_SCHEDULE_H
#define COUNTERSINK_TEST_SCHEDULE_H

#include <pthread.h>

#include "../../sampler/native/clock.h"
#include "../../sampler/native/follower.h"
#include "../../sampler/native/lane.h"
#include "consumer.h"

enum { SCHEDULE_BLOCKS = 3, SCHEDULE_GAPS = 64 };

struct schedule {
	struct plan plan;
	struct lane_run run;
	struct consumer consumer;
	struct stream *stream;
	char *text;
	void *ring;
	uint64_t stop;
};

/* readers: the plan lines after the stream. Free the schedule with drop_schedule. */
static inline struct schedule *make_schedule(uint64_t columns, uint64_t period_ns, const char *readers)
{
	struct schedule *schedule = calloc(1, sizeof *schedule);
	CHECK(schedule, "no memory");
	size_t bytes = ring_size(columns, SCHEDULE_BLOCKS, SCHEDULE_GAPS);
	int length = asprintf(&schedule->text,
			      "countersink-plan 1\nwait sleep\nlane -1\nstream s %" PRIu64 " %" PRIu64 " 4096 %zu\n%send\n",
			      period_ns, columns, bytes, readers);
	CHECK(length > 0, "no memory");
	unsigned line;
	int error = plan_parse(&schedule->plan, schedule->text, &line);
	CHECK(error == 0, "plan line %u: %s", line, strerror(-error));
	schedule->stream = &schedule->plan.streams[0];
	schedule->ring = make_ring(columns, SCHEDULE_BLOCKS, SCHEDULE_GAPS, period_ns);
	error = ring_attach(&schedule->stream->ring, schedule->ring, bytes, columns, period_ns);
	CHECK(error == 0, "ring: %s", strerror(-error));
	error = followers_create(schedule->stream);
	CHECK(error == 0, "followers: %s", strerror(-error));
	waiter_init(&schedule->run.waiter, WAIT_SLEEP, period_ns, &schedule->stop);
	schedule->run.lane = &schedule->plan.lanes[0];
	schedule->run.stop = &schedule->stop;
	schedule->run.start_ns = now_ns() + 1000000;
	schedule->run.stop_ns = UINT64_MAX;
	consumer_init(&schedule->consumer, schedule->ring, schedule);
	return schedule;
}

static inline void drop_schedule(struct schedule *schedule)
{
	for (uint32_t f = 0; f < schedule->stream->follower_count; f++) {
		struct follower *follower = &schedule->stream->followers[f];
		for (int slot = 0; slot < FOLLOWER_SLOTS; slot++) {
			free(follower->slots[slot].values);
			free(follower->slots[slot].nulls);
		}
		free(follower->columns);
	}
	free(schedule->stream->followers);
	plan_free(&schedule->plan);
	free(schedule->text);
	free(schedule->ring);
	free(schedule);
}

/* Runs the lane in another thread while this one drains. */
static inline void run_and_drain(struct schedule *schedule)
{
	pthread_t lane;
	CHECK(pthread_create(&lane, NULL, lane_run, &schedule->run) == 0, "thread");
	while (load_from_consumer(word_at(schedule->ring, ring_ticks_scheduled)) == 0)
		consume_all(&schedule->consumer);
	pthread_join(lane, NULL);
}

/* Checks that every scheduled tick arrived, as a row or in a gap. */
static inline void check_identity(struct schedule *schedule)
{
	struct consumer *consumer = &schedule->consumer;
	uint64_t scheduled = load_from_consumer(word_at(schedule->ring, ring_ticks_scheduled));
	consume_all(consumer);
	CHECK(consumer->rows + consumer_gap_ticks(consumer) == scheduled && consumer->next_tick == scheduled,
	      "%" PRIu64 " rows and %" PRIu64 " ticks in gaps of %" PRIu64 " scheduled", consumer->rows,
	      consumer_gap_ticks(consumer), scheduled);
}

#endif
