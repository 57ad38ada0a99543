// SPDX-License-Identifier: Apache-2.0
#include "lane.h"

#include <errno.h>

#include "clock.h"
#include "drain.h"
#include "follower.h"

/* How long a lane that ends waits for the consumer to make room for the last gaps, and how often it looks. It must be
 * shorter than the time after which a sampler that does not stop is killed (sampler/handle.ts). */
#define FLUSH_PATIENCE_NS NS_PER_S
#define FLUSH_PAUSE_NS 1000000
/* How long a lane that ends waits for the last slot of a follower. */
#define FOLLOWER_PATIENCE_NS 20000000
/* A stream with this period or a longer one does not leave its row open until the next tick. It waits this long for its
 * followers. */
#define SLOW_PERIOD_NS 10000000
#define SLOW_PATIENCE_NS 200000

/* How long a row may wait in the ring before the consumer sees it, in a loop that does not sleep. A stream with a
 * longer period publishes each of its rows at once. */
#define UNPUBLISHED_NS 100000

static int64_t wall(const struct lane_run *run, uint64_t monotonic_ns)
{
	return (int64_t)monotonic_ns + run->wall_offset_ns;
}

static uint32_t saturate_u32(uint64_t n)
{
	return n > UINT32_MAX ? UINT32_MAX : (uint32_t)n;
}

static void publish_row(struct stream *stream, const struct lane_run *run)
{
	struct ring *ring = &stream->ring;
	uint64_t window = stream->finish_ns - stream->begin_ns;
	histogram_add(ring_histogram(ring, HISTOGRAM_READ), window);
	if (stream->last_begin_ns)
		histogram_add(ring_histogram(ring, HISTOGRAM_PERIOD), stream->begin_ns - stream->last_begin_ns);
	stream->last_begin_ns = stream->begin_ns;
	ring_commit(ring, &stream->cells, wall(run, stream->begin_ns), saturate_u32(window));
	stream->row_open = false;
	/* No tick is missing between rows that are not published (ring.h), so their number tells their age. */
	if (ring_unpublished(ring) * stream->period_ns >= UNPUBLISHED_NS)
		ring_publish_staged(ring);
}

/* Whatever the thread does next may take long: it sleeps, or it reads a stream that has the time to be slow. */
static void publish_all(const struct lane *lane)
{
	for (uint32_t s = 0; s < lane->stream_count; s++)
		ring_publish_staged(&lane->streams[s].ring);
}

/* Commits a row that waits for its followers. Patient: leaves it open while one of them may still deliver. */
static void close_row(struct stream *stream, const struct lane_run *run, bool patient)
{
	if (!stream->row_open)
		return;
	int error = 0;
	for (uint32_t f = 0; f < stream->follower_count; f++)
		if (!follower_collect(&stream->followers[f], &stream->cells, patient, &stream->begin_ns,
				      &stream->finish_ns, &error))
			return;
	if (error)
		store_statistic(ring_word(&stream->ring, ring_last_errno), (uint64_t)-error);
	publish_row(stream, run);
}

static void wait_for_followers(struct stream *stream, const struct lane_run *run, uint64_t patience_ns)
{
	uint64_t until = now_ns() + patience_ns;
	while (stream->row_open && now_ns() < until)
		close_row(stream, run, true);
}

static int read_all(struct stream *stream)
{
	for (uint32_t r = 0; r < stream->reader_count; r++) {
		struct reader *reader = &stream->readers[r];
		if (reader->cpu >= 0 && reader->cpu != stream->lane->cpu)
			continue;
		int error = reader->ops->read(reader, &stream->cells);
		if (error)
			return error;
	}
	return 0;
}

static void take_tick(struct stream *stream, const struct lane_run *run, uint64_t now)
{
	struct ring *ring = &stream->ring;
	histogram_add(ring_histogram(ring, HISTOGRAM_LATENESS), now - stream->deadline_ns);
	if (!ring_begin(ring, stream->next_tick, &stream->cells)) {
		ring_miss(ring, stream->next_tick, 1, GAP_RING_FULL, wall(run, now));
		return;
	}
	stream->begin_ns = now;
	int error = read_all(stream);
	stream->finish_ns = now_ns();
	if (error) {
		store_statistic(ring_word(ring, ring_last_errno), (uint64_t)-error);
		ring_miss(ring, stream->next_tick, 1, GAP_SOURCE_ERROR, wall(run, now));
		return;
	}
	stream->row_open = true;
	if (stream->follower_count == 0)
		publish_row(stream, run);
}

/* A tick may be read until the next one is due. After that it is missed, and never caught up. */
static void skip_missed(struct stream *stream, const struct lane_run *run, uint64_t now)
{
	uint64_t missed = (now - stream->deadline_ns) / stream->period_ns;
	if (missed == 0)
		return;
	uint64_t left = (run->stop_ns - stream->deadline_ns + stream->period_ns - 1) / stream->period_ns;
	if (run->stop_ns != UINT64_MAX && missed > left)
		missed = left;
	ring_miss(&stream->ring, stream->next_tick, missed, GAP_LATE, wall(run, now));
	stream->next_tick += missed;
	stream->deadline_ns += missed * stream->period_ns;
}

static void serve(struct stream *stream, const struct lane_run *run, uint64_t now)
{
	close_row(stream, run, false);
	skip_missed(stream, run, now);
	if (stream->deadline_ns < run->stop_ns) {
		take_tick(stream, run, now);
		stream->next_tick++;
		stream->deadline_ns += stream->period_ns;
		if (stream->row_open && stream->period_ns >= SLOW_PERIOD_NS)
			wait_for_followers(stream, run, SLOW_PATIENCE_NS);
	}
	store_statistic(ring_word(&stream->ring, ring_next_tick), stream->next_tick);
}

static void serve_drained(struct stream *stream, const struct lane_run *run, uint64_t now)
{
	histogram_add(ring_histogram(&stream->ring, HISTOGRAM_LATENESS), now - stream->deadline_ns);
	drain_stream(stream, run->wall_offset_ns, false);
	uint64_t wake_ns = stream_wake_ns(stream);
	stream->deadline_ns += wake_ns * (1 + (now - stream->deadline_ns) / wake_ns);
}

static struct stream *next_due(const struct lane *lane)
{
	struct stream *due = &lane->streams[0];
	for (uint32_t s = 1; s < lane->stream_count; s++)
		if (lane->streams[s].deadline_ns < due->deadline_ns)
			due = &lane->streams[s];
	return due;
}

static void finish_ticked(struct stream *stream, const struct lane_run *run, uint64_t end)
{
	wait_for_followers(stream, run, FOLLOWER_PATIENCE_NS);
	close_row(stream, run, false);
	if (stream->deadline_ns < end) {
		uint64_t missed = (end - stream->deadline_ns + stream->period_ns - 1) / stream->period_ns;
		ring_miss(&stream->ring, stream->next_tick, missed, GAP_LATE, wall(run, end));
		stream->next_tick += missed;
	}
}

/* Accounts for every tick that was scheduled before the end, whatever the loop was doing. */
static void finish_stream(struct stream *stream, const struct lane_run *run, uint64_t end, uint64_t patience)
{
	if (stream->drain)
		drain_stream(stream, run->wall_offset_ns, true);
	else
		finish_ticked(stream, run, end);
	/* The thread sleeps, since the consumer may need this CPU to make the room. */
	const struct timespec pause = {0, FLUSH_PAUSE_NS};
	while (!ring_flush(&stream->ring) && now_ns() < patience)
		nanosleep(&pause, NULL);
	store_statistic(ring_word(&stream->ring, ring_next_tick), stream->next_tick);
	store_for_consumer(ring_word(&stream->ring, ring_ticks_scheduled), stream->next_tick);
}

void *lane_run(void *argument)
{
	struct lane_run *run = argument;
	struct lane *lane = run->lane;
	uint64_t now = run->start_ns;
	for (uint32_t s = 0; s < lane->stream_count; s++)
		lane->streams[s].deadline_ns = run->start_ns;
	while (!load_statistic(run->stop)) {
		struct stream *stream = next_due(lane);
		if (stream->deadline_ns >= run->stop_ns)
			break;
		waiter_give_way(&run->waiter, now);
		if (stream_wake_ns(stream) >= UNPUBLISHED_NS || wait_sleeps(&run->waiter, now, stream->deadline_ns))
			publish_all(lane);
		/* This is not only a shortcut: streams that are due at the same time share one wake. */
		if (now < stream->deadline_ns)
			now = wait_until(&run->waiter, stream->deadline_ns);
		else
			now = now_ns();
		if (now >= stream->deadline_ns)
			(stream->drain ? serve_drained : serve)(stream, run, now);
	}
	/* The clock is read again: the last read may have blocked, and the ticks of that time were scheduled. */
	now = now_ns();
	publish_all(lane);
	if (!load_statistic(run->stop) && now < run->stop_ns)
		now = wait_until(&run->waiter, run->stop_ns);
	uint64_t end = now < run->stop_ns ? now : run->stop_ns;
	uint64_t patience = now_ns() + FLUSH_PATIENCE_NS;
	for (uint32_t s = 0; s < lane->stream_count; s++)
		finish_stream(&lane->streams[s], run, end, patience);
	return NULL;
}

int stream_probe(struct stream *stream, uint64_t times)
{
	int error = 0;
	uint64_t succeeded = 0;
	for (uint64_t i = 0; i < times; i++) {
		/* The row is never committed, so the next read uses the same cells. */
		ring_begin(&stream->ring, i, &stream->cells);
		uint64_t begin = now_ns();
		int failed = read_all(stream);
		histogram_add(ring_histogram(&stream->ring, HISTOGRAM_READ), now_ns() - begin);
		if (failed)
			error = failed;
		else
			succeeded++;
	}
	return succeeded ? 0 : error;
}
