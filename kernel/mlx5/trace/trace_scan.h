// SPDX-License-Identifier: Apache-2.0
/*
 * Which blocks of the trace buffer are new. The device writes block after block, round and round, and has no producer
 * index:
 *
 *   ... | the last block that was read, its timestamp is `last` | next | old | old ...
 *
 *   1. The memory is zero before the device may write. A block that does not end in a timestamp event was never
 *      written.
 *   2. A block is new if the timestamp of its last event is later than `last`.
 *   3. The device does not wait for us, and may overwrite a block while it is copied. It writes blocks in order. So
 *      after the copy the block before it is checked: if that one still has the timestamp `last`, the device has not
 *      come round to this block, and the copy is whole.
 *   4. If the check fails, the device is a whole buffer or more ahead: an overrun. The newest block is searched, and
 *      reading goes on an eighth of the buffer after the place where the device writes next.
 *   5. The place of the newest block tells how many blocks were lost, except for whole laps of the buffer, which no
 *      published field counts. So the number is a lower bound.
 */
#ifndef COUNTERSINK_TRACE_SCAN_H
#define COUNTERSINK_TRACE_SCAN_H

#include "trace_block.h"

struct trace_scan {
	const uint64_t *words; /* the buffer, big-endian */
	uint64_t blocks;       /* of the buffer, 8 or more */
	uint64_t next;	       /* number of the next block, from 0; it lies at next % blocks */
	uint64_t last;	       /* timestamp of the block before it, or TRACE_NEVER */
};

#define TRACE_NEVER UINT64_MAX

enum trace_found {
	TRACE_NOTHING, /* no new block */
	TRACE_BLOCK,   /* a block was copied whole */
	TRACE_OVERRUN, /* *lost blocks were overwritten before they were read; call again */
};

void trace_scan_start(struct trace_scan *scan, const uint64_t *words, uint64_t blocks);

/* The next block, or why there is none. Never waits. *lost is written for TRACE_OVERRUN only. */
enum trace_found trace_scan_next(struct trace_scan *scan, struct trace_block *block, uint64_t *lost);

#endif
