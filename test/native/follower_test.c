// SPDX-License-Identifier: Apache-2.0
/*
 * The laws of the queue between a follower and its lane. follower_test [SEED]
 *
 *   match      a row has the values that its follower read at the same tick, or nulls; never values of another tick
 *   patience   while a row is open, the lane may ask for it again and gets the same answer
 *   liveness   the row has what a follower delivered in time, independent of other followers
 */
#include <errno.h>
#include <pthread.h>

#include "schedule.h"

static const char readers[] = "reader synthetic -1\nset value ramp 0 0\n"
			      "reader synthetic 0\nset value ramp 1 1\nset value ramp 2 2\n"
			      "reader synthetic 1\nset value ramp 3 3\n";
enum { COLUMNS = 4, PERIOD_NS = 10000000, ASKS = 20000 };

/* The same ramp as in synthetic.c; column i has seed i. */
static uint64_t ramp(uint64_t tick, uint32_t column)
{
	return column + tick * (column + 1);
}

struct queue_model {
	struct follower *follower;
	struct chance chance;
	uint64_t next_tick;				  /* next tick of the follower */
	uint64_t ticks[FOLLOWER_SLOTS];			  /* tick of each slot */
	bool errors[FOLLOWER_SLOTS], nulls[FOLLOWER_SLOTS]; /* what each slot holds */
};

static void deliver(struct queue_model *model)
{
	struct follower *follower = model->follower;
	uint64_t tick = model->next_tick;
	model->next_tick += 1 + (draw_below(&model->chance, 8) == 0 ? draw_below(&model->chance, 4) : 0);
	if (follower->published - follower->released == FOLLOWER_SLOTS)
		return;
	size_t i = follower->published % FOLLOWER_SLOTS;
	struct follower_slot *slot = &follower->slots[i];
	model->ticks[i] = tick;
	model->errors[i] = draw_below(&model->chance, 20) == 0;
	model->nulls[i] = draw_below(&model->chance, 5) == 0;
	slot->tick = tick;
	slot->error = model->errors[i] ? -EIO : 0;
	slot->begin_ns = 1000 * tick + 10;
	slot->finish_ns = 1000 * tick + 20;
	for (uint32_t column = 0; column < COLUMNS; column++)
		slot->values[column] = ramp(tick, column);
	slot->nulls[0] = model->nulls[i] ? 1 << 2 : 0;
	store_for_consumer(&follower->published, follower->published + 1);
}

/* Asks for one tick and compares the answer with the model. Returns false when the tick may still come. */
static bool ask(struct queue_model *model, uint64_t tick, bool patient)
{
	struct follower *follower = model->follower;
	uint64_t values[COLUMNS] = {0}, null_bits = 0, begin = 1000 * tick + 15, finish = 1000 * tick + 16;
	struct cells cells = {(char *)values, sizeof(uint64_t), &null_bits, tick, false};
	bool newer = false, match = false, error = false, null = false;
	for (uint64_t n = follower->published < FOLLOWER_SLOTS ? 0 : follower->published - FOLLOWER_SLOTS;
	     n < follower->published; n++) {
		size_t i = n % FOLLOWER_SLOTS;
		newer |= model->ticks[i] >= tick;
		if (model->ticks[i] == tick) {
			match = true;
			error = model->errors[i];
			null = model->nulls[i];
		}
	}
	int said = 0;
	bool came = follower_collect(follower, &cells, patient, &begin, &finish, &said);
	CHECK(came == (newer || !patient), "tick %" PRIu64 " %s", tick, came ? "came early" : "did not come");
	if (!came)
		return false;
	bool valid = match && !error;
	CHECK(said == (error ? -EIO : 0), "tick %" PRIu64 " said %d", tick, said);
	uint64_t expected = !valid ? 3 << 1 : null ? 1 << 2 : 0;
	CHECK(null_bits == expected, "tick %" PRIu64 " has nulls %" PRIx64 ", not %" PRIx64, tick, null_bits, expected);
	CHECK(values[0] == 0 && values[3] == 0, "tick %" PRIu64 " wrote a column of another reader", tick);
	CHECK(!valid || values[1] == ramp(tick, 1), "tick %" PRIu64 " holds %" PRIu64, tick, values[1]);
	CHECK(!valid || null || values[2] == ramp(tick, 2), "tick %" PRIu64 " holds %" PRIu64, tick, values[2]);
	CHECK(begin == 1000 * tick + (match ? 10 : 15) && finish == 1000 * tick + (match ? 20 : 16), "window of %" PRIu64,
	      tick);
	return true;
}

static void test_queue(void)
{
	struct schedule *schedule = make_schedule(COLUMNS, PERIOD_NS, readers);
	CHECK(schedule->stream->follower_count == 2, "%u followers", schedule->stream->follower_count);
	struct queue_model model = {.follower = &schedule->stream->followers[0], .chance = {mix(test_seed)}};
	uint64_t tick = 0;
	for (int asks = 0; asks < ASKS; asks++) {
		for (uint64_t n = draw_below(&model.chance, draw_below(&model.chance, 50) ? 3 : 2 * FOLLOWER_SLOTS); n; n--)
			deliver(&model);
		for (uint64_t again = draw_below(&model.chance, 3); again; again--)
			ask(&model, tick, true);
		ask(&model, tick, false);
		tick += 1 + (draw_below(&model.chance, 10) == 0 ? draw_below(&model.chance, 80) : 0);
		/* Both have the same schedule: the one that fell behind skips ticks. */
		if (model.next_tick + 70 < tick)
			model.next_tick = tick;
	}
	drop_schedule(schedule);
	printf("ok %d ticks asked of a follower\n", ASKS);
}

static uint64_t expect_half(void *context, uint64_t tick, uint32_t column, bool *null)
{
	(void)context;
	*null = column == 3;
	return ramp(tick, column);
}

/* One follower delivers every tick, the other delivers none. */
static void test_dead_follower(void)
{
	struct schedule *schedule = make_schedule(COLUMNS, PERIOD_NS, readers);
	struct queue_model model = {.follower = &schedule->stream->followers[0]};
	for (uint64_t tick = 0; tick < 6; tick++) {
		struct follower_slot *slot = &model.follower->slots[tick];
		slot->tick = tick;
		slot->begin_ns = slot->finish_ns = schedule->run.start_ns + tick * PERIOD_NS;
		for (uint32_t column = 0; column < COLUMNS; column++)
			slot->values[column] = ramp(tick, column);
	}
	model.follower->published = 6;
	schedule->run.stop_ns = schedule->run.start_ns + 5 * PERIOD_NS;
	schedule->consumer.expect = expect_half;
	lane_run(&schedule->run);
	check_identity(schedule);
	CHECK(schedule->consumer.next_tick == 5, "%" PRIu64 " ticks", schedule->consumer.next_tick);
	drop_schedule(schedule);
	printf("ok what one follower delivered stays, though the other is dead\n");
}

static uint64_t expect_ramps(void *context, uint64_t tick, uint32_t column, bool *null)
{
	(void)context;
	*null = false;
	return ramp(tick, column);
}

/* Runs the real threads, for ThreadSanitizer and for the read windows. */
static void test_threads(uint64_t period_ns, uint64_t ticks)
{
	struct schedule *schedule = make_schedule(COLUMNS, period_ns, readers);
	schedule->run.stop_ns = schedule->run.start_ns + ticks * period_ns;
	schedule->consumer.expect = expect_ramps;
	schedule->consumer.may_be_null = 7 << 1;
	for (uint32_t f = 0; f < schedule->stream->follower_count; f++) {
		struct follower *follower = &schedule->stream->followers[f];
		follower->start_ns = schedule->run.start_ns;
		follower->stop_ns = schedule->run.stop_ns;
		waiter_init(&follower->waiter, WAIT_SLEEP, period_ns, &schedule->stop);
		CHECK(pthread_create(&follower->thread, NULL, follower_run, follower) == 0, "thread");
	}
	run_and_drain(schedule);
	for (uint32_t f = 0; f < schedule->stream->follower_count; f++)
		pthread_join(schedule->stream->followers[f].thread, NULL);
	check_identity(schedule);
	const struct consumer *consumer = &schedule->consumer;
	CHECK(consumer->next_tick == ticks, "%" PRIu64 " ticks", consumer->next_tick);
	CHECK(consumer->rows == 0 || consumer->nulls < 3 * consumer->rows, "no follower ever delivered");
	printf("ok %" PRIu64 " ticks of %" PRIu64 " us with two followers: %" PRIu64 " rows, %" PRIu64 " nulls\n", ticks,
	       period_ns / 1000, consumer->rows, consumer->nulls);
	drop_schedule(schedule);
}

int main(int count, char **words)
{
	test_seed = count > 1 ? strtoull(words[1], NULL, 10) : 1;
	printf("seed %" PRIu64 "\n", test_seed);
	test_queue();
	test_threads(100000, 3000);
	test_threads(PERIOD_NS, 30);
	test_dead_follower();
	return 0;
}
