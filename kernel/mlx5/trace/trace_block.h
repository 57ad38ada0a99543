// SPDX-License-Identifier: Apache-2.0
/*
 * What the firmware tracer writes: blocks of 256 bytes, 32 events of 8 bytes each, big-endian. Fields are given as bits
 * of the event read as one 64-bit number (include/linux/mlx5/mlx5_ifc.h and diag/fw_tracer.h of Linux).
 *
 *   string event      63 lost | 62..56 time, low 7 bits | 55..48 event id | 47..35 tmsn | 34..32 tdsn | 31..0 parameter
 *   timestamp event   63..56 time 7..0 | 55..48 0xff | 47..45 urts | 44..32 time 52..40 | 31..0 time 39..8
 *
 * The last event of a block is a timestamp event. tmsn is the number of the message. tdsn 0 is the start of a message,
 * and its parameter is the address of the format string; tdsn 1 and up are the arguments of that string.
 */
#ifndef COUNTERSINK_TRACE_BLOCK_H
#define COUNTERSINK_TRACE_BLOCK_H

#include <stdbool.h>
#include <stdint.h>

enum { TRACE_BLOCK_BYTES = 256, TRACE_BLOCK_EVENTS = 32, TRACE_MAX_MESSAGES = 31 };
enum { TRACE_TIMESTAMP_EVENT = 0xff, TRACE_TIMESTAMP_BITS = 53 };
/* The clock wraps: after 104 days at 1 GHz. */
#define TRACE_TIMESTAMP_MASK ((1ULL << TRACE_TIMESTAMP_BITS) - 1)

/* One block in the byte order of this machine. */
struct trace_block {
	uint64_t events[TRACE_BLOCK_EVENTS];
};

/* Bits high..low of an event. */
static inline uint64_t trace_bits(uint64_t event, unsigned high, unsigned low)
{
	return event >> low & ((2ULL << (high - low)) - 1);
}

static inline bool trace_is_timestamp(uint64_t event)
{
	return trace_bits(event, 55, 48) == TRACE_TIMESTAMP_EVENT;
}

static inline uint64_t trace_timestamp(uint64_t event)
{
	return trace_bits(event, 44, 32) << 40 | trace_bits(event, 31, 0) << 8 | trace_bits(event, 63, 56);
}

/* How much later one time of the device is than another. They lie less than half the range of the clock apart. */
static inline int64_t trace_later_by(uint64_t timestamp, uint64_t than)
{
	const unsigned spare = 64 - TRACE_TIMESTAMP_BITS;
	return (int64_t)((timestamp - than) << spare) >> spare;
}

struct trace_event {
	uint64_t clock;	 /* 53 bits: the latest time that fits the event and the timestamp event after it */
	bool unreliable; /* the device does not vouch for that timestamp event */
	bool lost;	 /* the device could not write one or more events before this one */
	uint8_t id;
	uint8_t tdsn;
	uint16_t tmsn;
	uint32_t parameter;
};

/* Decodes a block into at most TRACE_MAX_MESSAGES events in order of time, and returns how many. Timestamp events
 * and places that were not used (64 zero bits) are left out. version is trc_ver of MTRC_CAP: it tells which bit
 * means "unreliable". */
unsigned trace_decode(const struct trace_block *block, unsigned version, struct trace_event *events);

#endif
