// SPDX-License-Identifier: Apache-2.0
/* Tests the sampling loop and its ways of waiting in one process. lane_test [SEED] */
#include <pthread.h>
#include <unistd.h>

#include "schedule.h"

static const char slow_plan[] = "reader synthetic -1\nset value ramp 0 0\nset slow 1 300000000\n";
static const char error_plan[] = "reader synthetic -1\nset value ramp 0 0\nset value drop 3 1\nset error 10 3\n";

/* Every policy sees a stop at once, however far away the deadline is. */
static void test_stop_ends_waiting(void)
{
	static const char *const names[] = {"sleep", "hybrid", "spin"};
	uint64_t stop = 1;
	for (int policy = WAIT_SLEEP; policy <= WAIT_SPIN; policy++) {
		struct waiter waiter;
		uint64_t deadline = now_ns() + 2 * NS_PER_S;
		waiter_init(&waiter, (enum wait_policy)policy, NS_PER_S, &stop);
		uint64_t now = wait_until(&waiter, deadline);
		CHECK(now < deadline, "%s waited until the deadline although it was told to stop", names[policy]);
	}
	printf("ok a stop ends every way of waiting at once\n");
}

static void test_wait_is_never_early(void)
{
	struct chance chance = {test_seed};
	uint64_t stop = 0;
	for (int policy = WAIT_SLEEP; policy <= WAIT_SPIN; policy++)
		for (int i = 0; i < 200; i++) {
			struct waiter waiter;
			uint64_t span = draw_below(&chance, 300000);
			waiter_init(&waiter, (enum wait_policy)policy, span + 1, &stop);
			uint64_t deadline = now_ns() + span;
			CHECK(wait_until(&waiter, deadline) >= deadline && now_ns() >= deadline, "policy %d woke before the deadline", policy);
		}
	printf("ok no way of waiting wakes before the deadline\n");
}

static void *stop_soon(void *argument)
{
	struct schedule *schedule = argument;
	usleep(100000);
	uint64_t asked_ns = now_ns();
	store_for_consumer(&schedule->stop, 1);
	return (void *)(uintptr_t)asked_ns;
}

/* Ticks that passed while a read blocked, before the stop, are scheduled ticks. */
static void test_stop_during_slow_read(void)
{
	struct schedule *schedule = make_schedule(1, 1000000, slow_plan);
	pthread_t stopper;
	CHECK(pthread_create(&stopper, NULL, stop_soon, schedule) == 0, "thread");
	lane_run(&schedule->run);
	void *asked;
	pthread_join(stopper, &asked);
	uint64_t scheduled = *word_at(schedule->ring, ring_ticks_scheduled);
	uint64_t due = ((uint64_t)(uintptr_t)asked - schedule->run.start_ns) / 1000000;
	CHECK(scheduled >= due, "%" PRIu64 " ticks were due when the stop was asked for, %" PRIu64 " are accounted for", due,
	      scheduled);
	drop_schedule(schedule);
	printf("ok a stop during a slow read accounts for the ticks that it cost\n");
}

static uint64_t expect_error_plan(void *context, uint64_t tick, uint32_t column, bool *null)
{
	(void)context;
	CHECK(tick % 10 < 7, "tick %" PRIu64 " must fail by plan and is a row", tick);
	*null = column == 1 && tick % 100 == 99;
	return column == 0 ? tick : tick * 8;
}

static void check_error_gap(void *context, const struct gap *gap)
{
	(void)context;
	for (uint64_t tick = gap->first_tick; tick < gap->first_tick + gap->ticks; tick++)
		CHECK(gap->reason != GAP_SOURCE_ERROR || tick % 10 >= 7, "tick %" PRIu64 " did not fail", tick);
}

/* A bounded schedule has exactly its number of ticks; each is a row or in a gap. */
static void test_bounded_schedule(void)
{
	struct schedule *schedule = make_schedule(2, 100000, error_plan);
	schedule->run.stop_ns = schedule->run.start_ns + 2000 * 100000 - 1;
	schedule->consumer.expect = expect_error_plan;
	schedule->consumer.gap = check_error_gap;
	run_and_drain(schedule);
	check_identity(schedule);
	CHECK(schedule->consumer.next_tick == 2000, "%" PRIu64 " ticks scheduled", schedule->consumer.next_tick);
	CHECK(schedule->consumer.rows > 0, "no tick was on time");
	drop_schedule(schedule);
	printf("ok a bounded schedule accounts for each of its ticks\n");
}

/* While the loop sleeps, the consumer sees every tick that is over. The next tick comes so late that a row that is kept
 * until then is noticed on the busiest machine. */
static void test_rows_are_published_before_sleep(void)
{
	struct schedule *schedule = make_schedule(1, 300000000, "reader synthetic -1\nset value ramp 0 0\n");
	schedule->consumer.expect = expect_error_plan;
	schedule->run.stop_ns = schedule->run.start_ns + 4 * 300000000ULL;
	pthread_t lane;
	CHECK(pthread_create(&lane, NULL, lane_run, &schedule->run) == 0, "thread");
	for (uint64_t tick = 0; tick < 4; tick++)
		while (schedule->consumer.next_tick <= tick) {
			uint64_t served = load_statistic(word_at(schedule->ring, ring_next_tick));
			consume_all(&schedule->consumer);
			CHECK(schedule->consumer.next_tick + 1 >= served, "tick %" PRIu64 " is served, %" PRIu64 " arrived", served,
			      schedule->consumer.next_tick);
			usleep(1000);
		}
	pthread_join(lane, NULL);
	check_identity(schedule);
	drop_schedule(schedule);
	printf("ok rows are published before the loop sleeps\n");
}

int main(int count, char **words)
{
	test_seed = count > 1 ? strtoull(words[1], NULL, 10) : 1;
	printf("seed %" PRIu64 "\n", test_seed);
	test_wait_is_never_early();
	test_bounded_schedule();
	test_stop_during_slow_read();
	test_stop_ends_waiting();
	test_rows_are_published_before_sleep();
	return 0;
}
