// SPDX-License-Identifier: Apache-2.0
#include "threads.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>

#include "follower.h"
#include "lane.h"

enum { STACK_BYTES = 256 << 10, FIFO_PRIORITY = 50 };

static struct lane_run runs[PLAN_MAX_LANES];
static pthread_t lane_threads[PLAN_MAX_LANES];

static uint64_t shortest_period(const struct lane *lane)
{
	uint64_t period = stream_wake_ns(&lane->streams[0]);
	for (uint32_t s = 1; s < lane->stream_count; s++)
		if (stream_wake_ns(&lane->streams[s]) < period)
			period = stream_wake_ns(&lane->streams[s]);
	return period;
}

/* Under SCHED_FIFO, a thread that spins for most of its time would be throttled for 50 ms of each second. */
static bool spins(enum wait_policy wait, uint64_t period_ns)
{
	return wait == WAIT_SPIN || (wait == WAIT_HYBRID && period_ns <= WAIT_SPINS_BELOW_NS * 4 / 3);
}

/* What is wanted of a thread; run and argument are those of pthread_create. */
struct thread_wish {
	int cpu;
	bool fifo;
	void *(*run)(void *);
	void *argument;
};

static int start_thread(pthread_t *thread, const struct thread_wish *wish, uint64_t *granted)
{
	pthread_attr_t attributes;
	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, STACK_BYTES);
	cpu_set_t cpus;
	CPU_ZERO(&cpus);
	if (wish->cpu >= 0) {
		CPU_SET((size_t)wish->cpu, &cpus);
		pthread_attr_setaffinity_np(&attributes, sizeof cpus, &cpus);
		*granted |= 1 << GRANT_PINNED;
	}
	if (wish->fifo) {
		struct sched_param priority = {.sched_priority = FIFO_PRIORITY};
		pthread_attr_setinheritsched(&attributes, PTHREAD_EXPLICIT_SCHED);
		pthread_attr_setschedpolicy(&attributes, SCHED_FIFO);
		pthread_attr_setschedparam(&attributes, &priority);
	}
	int error = pthread_create(thread, &attributes, wish->run, wish->argument);
	if (error == 0 && wish->fifo)
		*granted |= 1 << GRANT_REALTIME;
	if (error == EPERM && wish->fifo) {
		pthread_attr_setinheritsched(&attributes, PTHREAD_INHERIT_SCHED);
		error = pthread_create(thread, &attributes, wish->run, wish->argument);
	}
	pthread_attr_destroy(&attributes);
	return error;
}

/* Only the first lane has a CPU of its own to burn. It has the fastest stream; the other lanes and the followers sleep
 * where they can. */
static enum wait_policy policy_beside(const struct plan *plan)
{
	return plan->wait == WAIT_SPIN ? WAIT_HYBRID : plan->wait;
}

static int start_followers(const struct plan *plan, struct stream *stream, const struct schedule *schedule,
			   uint64_t *granted)
{
	enum wait_policy wait = policy_beside(plan);
	for (uint32_t f = 0; f < stream->follower_count; f++) {
		struct follower *follower = &stream->followers[f];
		follower->start_ns = schedule->start_ns;
		follower->stop_ns = schedule->stop_ns;
		waiter_init(&follower->waiter, wait, stream->period_ns, schedule->stop);
		bool fifo = plan->realtime && !spins(wait, stream->period_ns);
		follower->waiter.fifo = fifo;
		struct thread_wish wish = {follower->cpu, fifo, follower_run, follower};
		int error = start_thread(&follower->thread, &wish, granted);
		if (error)
			return error;
	}
	return 0;
}

static int start_lane(const struct plan *plan, struct lane *lane, const struct schedule *schedule, uint64_t *granted)
{
	struct lane_run *run = &runs[lane - plan->lanes];
	uint64_t period = shortest_period(lane);
	enum wait_policy wait = lane == plan->lanes ? plan->wait : policy_beside(plan);
	*run = (struct lane_run){
		.lane = lane,
		.start_ns = schedule->start_ns,
		.stop_ns = schedule->stop_ns,
		.wall_offset_ns = schedule->wall_offset_ns,
		.stop = schedule->stop,
	};
	waiter_init(&run->waiter, wait, period, schedule->stop);
	for (uint32_t s = 0; s < lane->stream_count; s++) {
		int error = start_followers(plan, &lane->streams[s], schedule, granted);
		if (error)
			return error;
	}
	run->waiter.fifo = plan->realtime && !spins(wait, period);
	struct thread_wish wish = {lane->cpu, run->waiter.fifo, lane_run, run};
	return start_thread(&lane_threads[lane - plan->lanes], &wish, granted);
}

int threads_start(struct plan *plan, const struct schedule *schedule, uint64_t *granted)
{
	int error = 0;
	for (uint32_t l = 0; l < plan->lane_count && error == 0; l++)
		error = start_lane(plan, &plan->lanes[l], schedule, granted);
	return error;
}

bool threads_gave_way(const struct plan *plan)
{
	bool any = false;
	for (uint32_t l = 0; l < plan->lane_count; l++)
		any |= runs[l].waiter.gave_way;
	for (uint32_t s = 0; s < plan->stream_count; s++)
		for (uint32_t f = 0; f < plan->streams[s].follower_count; f++)
			any |= plan->streams[s].followers[f].waiter.gave_way;
	return any;
}

void threads_join(struct plan *plan, const struct schedule *schedule)
{
	for (uint32_t l = 0; l < plan->lane_count; l++)
		pthread_join(lane_threads[l], NULL);
	/* The lanes have ended. A follower may still sleep until its next tick, so it is told. */
	store_for_consumer(schedule->stop, 1);
	for (uint32_t s = 0; s < plan->stream_count; s++)
		for (uint32_t f = 0; f < plan->streams[s].follower_count; f++)
			pthread_join(plan->streams[s].followers[f].thread, NULL);
}
