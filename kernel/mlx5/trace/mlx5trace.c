// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <stdio.h>
#include <sys/mman.h>
#include <time.h>

#include "trace.h"

#define ASK_CLOCK_NS 100000000
#define TELL_CLOCK_NS 1000000000

static uint64_t now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static void put(const struct trace *trace, const struct run *run, uint32_t row, enum trace_field field, uint64_t value)
{
	if (trace->columns[field])
		memcpy(run->cells + (trace->columns[field] - 1) * run->stride + (size_t)row * 8, &value, sizeof value);
}

static uint64_t why_lost(const struct trace *trace, const struct trace_event *event)
{
	return (event->lost ? LOST_BY_DEVICE : 0) | (trace->overwritten ? LOST_OVERWRITTEN : 0);
}

static void put_event(struct trace *trace, struct outlet *outlet, const struct run *run, uint32_t row,
		      const struct trace_event *event)
{
	uint64_t clock = trace_unwrap(trace, event->clock);
	/* Rubbish from the device must not turn the time of the table back. */
	if ((int64_t)(clock - trace->last_clock) > 0)
		trace->last_clock = clock;
	run->ts[row] = device_clock_row(&trace->clock, &trace->row, trace->last_clock) + outlet->wall_offset_ns;
	run->read_ns[row] = 0;
	run->period_ns[row] = 0;
	put(trace, run, row, FIELD_event_id, event->id);
	put(trace, run, row, FIELD_tmsn, event->tmsn);
	put(trace, run, row, FIELD_tdsn, event->tdsn);
	put(trace, run, row, FIELD_parameter, event->parameter);
	put(trace, run, row, FIELD_lost, why_lost(trace, event));
	put(trace, run, row, FIELD_unreliable, event->unreliable);
	put(trace, run, row, FIELD_device_clock, clock);
	trace->overwritten = false;
}

/* How many events follow each other without a loss. */
static unsigned unbroken(const struct trace_event *events, unsigned count)
{
	unsigned length = 1;
	while (length < count && !events[length].lost)
		length++;
	return length;
}

/* Publishes events. Those without room in the ring are missing: nothing waits. */
static void publish(struct trace *trace, struct outlet *outlet, const struct trace_event *events, unsigned count)
{
	struct run run;
	while (count && outlet->reserve(outlet, count, &run)) {
		for (uint32_t row = 0; row < run.rows; row++)
			put_event(trace, outlet, &run, row, &events[row]);
		outlet->publish(outlet, &run, run.rows);
		events += run.rows;
		count -= run.rows;
	}
	if (count)
		outlet->miss(outlet, count, MISSING_FULL);
}

static void take_block(struct trace *trace, struct outlet *outlet, const struct trace_block *block)
{
	struct trace_event events[TRACE_MAX_MESSAGES];
	unsigned count = trace_decode(block, trace->version, events);
	for (unsigned at = 0, length; at < count; at += length) {
		length = unbroken(events + at, count - at);
		if (events[at].lost)
			outlet->miss(outlet, 1, MISSING_SKIPPED);
		publish(trace, outlet, events + at, length);
	}
}

/* A device that is faster than we are would keep us here for ever, so a drain ends after one buffer. */
static void take_blocks(struct trace *trace, struct outlet *outlet)
{
	struct trace_block block;
	uint64_t lost;
	for (uint64_t left = trace->scan.blocks; left > 0; left--) {
		enum trace_found found = trace_scan_next(&trace->scan, &block, &lost);
		if (found == TRACE_NOTHING)
			return;
		if (found == TRACE_BLOCK) {
			take_block(trace, outlet, &block);
			continue;
		}
		outlet->miss(outlet, lost * TRACE_MAX_MESSAGES, MISSING_SKIPPED);
		trace->overwritten = true;
	}
}

/* What the device wrote before the recording started is not part of it. */
static void skip_blocks(struct trace *trace)
{
	struct trace_block block;
	uint64_t lost;
	for (uint64_t left = trace->scan.blocks; left > 0; left--)
		if (trace_scan_next(&trace->scan, &block, &lost) == TRACE_NOTHING)
			return;
}

static void tell_clock(struct trace *trace, struct outlet *outlet)
{
	struct device_clock *clock = &trace->clock;
	trace->told_ns = trace->asked_ns;
	outlet->clock(outlet, &(struct clock_fit){
				      .ts = device_clock_map(clock, trace->last_clock) + outlet->wall_offset_ns,
				      .device_clock = trace->last_clock,
				      .rate_ppb = (int64_t)(-clock->slope * 1e9),
				      .residual_ns = (uint64_t)clock->worst_ns,
			      });
	clock->worst_ns = 0;
}

static int look_at_clock(struct trace *trace, struct outlet *outlet)
{
	if (now() - trace->asked_ns < ASK_CLOCK_NS)
		return 0;
	int error = trace_ask_clock(trace, outlet);
	if (error == 0 && trace->asked_ns - trace->told_ns >= TELL_CLOCK_NS)
		tell_clock(trace, outlet);
	return error;
}

/* Nobody knows what would have come: one missing event stands for it. */
static void end_stream(struct trace *trace, struct outlet *outlet, int error)
{
	trace->dead = error;
	outlet->miss(outlet, 1, MISSING_ERROR);
}

/* Nothing of a device that is gone can be put back. The reason why the stream ended comes first in the message. */
static void end_trace(struct trace *trace)
{
	int error = trace_give_back(trace);
	if (error == 0 || trace->dead == -ENODEV)
		return;
	size_t said = strlen(trace->message);
	snprintf(trace->message + said, sizeof trace->message - said,
		 "%sthe tracer could not be put back as it was found (%s)", said ? "; " : "", strerror(-error));
}

static int drain_trace(struct reader *reader, struct outlet *outlet, bool last)
{
	struct trace *trace = reader->state;
	if (!trace->started)
		skip_blocks(trace);
	trace->started = true;
	take_blocks(trace, outlet);
	int failed = trace->dead ? 0 : look_at_clock(trace, outlet);
	if (failed)
		end_stream(trace, outlet, failed);
	if (last)
		end_trace(trace);
	reader->said = trace->message[0] ? trace->message : NULL;
	return trace->dead;
}

static int open_trace(struct reader *reader)
{
	struct trace *trace = reader->state;
	if (!trace_is_configured(trace))
		return -EINVAL;
	reader->what = trace->address.path;
	int error = 0;
	if (!trace->transport.ops)
		error = transport_open(&trace->transport, trace->address.driver, trace->address.path);
	if (error)
		return error;
	error = trace_take(trace);
	if (error) {
		reader->said = trace->message;
		trace_give_back(trace);
	}
	return error;
}

static void close_trace(struct reader *reader)
{
	struct trace *trace = reader->state;
	if (trace->transport.ops)
		trace_give_back(trace);
	if (trace->memory)
		munmap(trace->memory, trace->bytes);
	transport_close(&trace->transport);
	trace_free_plan(trace);
}

const struct reader_ops mlx5_trace_reader = {
	.name = "mlx5_trace",
	.state_bytes = sizeof(struct trace),
	.configure = trace_configure,
	.open = open_trace,
	.drain = drain_trace,
	.close = close_trace,
};
