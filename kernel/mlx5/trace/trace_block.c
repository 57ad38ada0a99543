// SPDX-License-Identifier: Apache-2.0
#include "trace_block.h"

enum { LOW_BITS = 7, LOW_SPAN = 1 << LOW_BITS };

/* Version 0 has it in the highest bit of urts, later versions in the lowest. */
static bool is_unreliable(uint64_t timestamp_event, unsigned version)
{
	return trace_bits(timestamp_event, version == 0 ? 47 : 45, version == 0 ? 47 : 45);
}

/* The latest clock value up to `until` that ends in these 7 bits. */
static uint64_t latest_before(uint64_t until, uint64_t low)
{
	uint64_t clock = (until & ~(uint64_t)(LOW_SPAN - 1)) | low;
	return (clock <= until ? clock : clock - LOW_SPAN) & TRACE_TIMESTAMP_MASK;
}

static struct trace_event decode_event(uint64_t event)
{
	return (struct trace_event){
		.clock = trace_bits(event, 62, 56),
		.lost = trace_bits(event, 63, 63),
		.id = (uint8_t)trace_bits(event, 55, 48),
		.tmsn = (uint16_t)trace_bits(event, 47, 35),
		.tdsn = (uint8_t)trace_bits(event, 34, 32),
		.parameter = (uint32_t)trace_bits(event, 31, 0),
	};
}

/* An event carries 7 bits of time. From a timestamp event backwards, each is dated as late as the event after it
 * allows. */
static void date_backwards(struct trace_event *events, unsigned from, unsigned to, uint64_t clock, bool unreliable)
{
	while (to-- > from) {
		clock = latest_before(clock, events[to].clock);
		events[to].clock = clock;
		events[to].unreliable = unreliable;
	}
}

unsigned trace_decode(const struct trace_block *block, unsigned version, struct trace_event *events)
{
	unsigned count = 0, dated = 0;
	for (unsigned i = 0; i < TRACE_BLOCK_EVENTS; i++) {
		uint64_t event = block->events[i];
		if (trace_is_timestamp(event)) {
			date_backwards(events, dated, count, trace_timestamp(event), is_unreliable(event, version));
			dated = count;
		} else if (event && count < TRACE_MAX_MESSAGES) {
			events[count++] = decode_event(event);
		}
	}
	return dated;
}
