// SPDX-License-Identifier: Apache-2.0
#include "drain.h"

#include <errno.h>
#include <stdlib.h>

#include "clock.h"

/* The outlet is the first member of its drain. */
static struct drain *drain_of(struct outlet *outlet)
{
	return (struct drain *)(void *)outlet;
}

static struct ring *ring_of(struct outlet *outlet)
{
	return &drain_of(outlet)->stream->ring;
}

static uint32_t reserve(struct outlet *outlet, uint32_t wanted, struct run *run)
{
	run->period_ns = drain_of(outlet)->period_ns;
	return ring_reserve(ring_of(outlet), wanted, run);
}

static void publish(struct outlet *outlet, const struct run *run, uint32_t rows)
{
	struct ring *ring = ring_of(outlet);
	if (rows == 0)
		return;
	ring_publish(ring, outlet->ticks, rows);
	outlet->ticks += rows;
	for (uint32_t i = 0; i < rows; i++)
		if (run->period_ns[i])
			histogram_add(ring_histogram(ring, HISTOGRAM_PERIOD), run->period_ns[i]);
}

static void miss(struct outlet *outlet, uint64_t samples, enum missing why)
{
	static const enum gap_reason reasons[] = {
		[MISSING_FULL] = GAP_RING_FULL,
		[MISSING_LATE] = GAP_LATE,
		[MISSING_ERROR] = GAP_SOURCE_ERROR,
		[MISSING_SKIPPED] = GAP_DEVICE_SKIPPED,
	};
	ring_miss(ring_of(outlet), outlet->ticks, samples, reasons[why], (int64_t)now_ns() + outlet->wall_offset_ns);
	outlet->ticks += samples;
}

static void command(struct outlet *outlet, uint64_t ns)
{
	histogram_add(ring_histogram(ring_of(outlet), HISTOGRAM_READ), ns);
}

static void clock_said(struct outlet *outlet, const struct clock_fit *fit)
{
	const struct ring *ring = ring_of(outlet);
	uint64_t *version = ring_word(ring, ring_clock_version), next = load_statistic(version) + 2;
	store_statistic(version, next - 1);
	/* A consumer that sees one of these words also sees the odd version. (One fence would do, but the thread
	 * sanitizer does not know fences.) */
	store_for_consumer(ring_word(ring, ring_clock_ts), (uint64_t)fit->ts);
	store_for_consumer(ring_word(ring, ring_clock_device), fit->device_clock);
	store_for_consumer(ring_word(ring, ring_clock_rate_ppb), (uint64_t)fit->rate_ppb);
	store_for_consumer(ring_word(ring, ring_clock_residual_ns), fit->residual_ns);
	store_for_consumer(version, next);
}

int drain_create(struct stream *stream)
{
	if (!stream_drained(stream))
		return 0;
	stream->drain = calloc(1, sizeof *stream->drain);
	if (!stream->drain)
		return -ENOMEM;
	stream->drain->stream = stream;
	stream->drain->outlet = (struct outlet){
		.reserve = reserve, .publish = publish, .miss = miss, .command = command, .clock = clock_said};
	return 0;
}

void drain_stream(struct stream *stream, int64_t wall_offset_ns, bool last)
{
	struct reader *reader = stream_drained(stream);
	struct outlet *outlet = &stream->drain->outlet;
	outlet->wall_offset_ns = wall_offset_ns;
	int error = reader->ops->drain(reader, outlet, last);
	if (error)
		store_statistic(ring_word(&stream->ring, ring_last_errno), (uint64_t)-error);
	stream->next_tick = outlet->ticks;
	store_statistic(ring_word(&stream->ring, ring_next_tick), stream->next_tick);
}
