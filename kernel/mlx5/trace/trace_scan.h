// SPDX-License-Identifier: Apache-2.0
/*
 * Which blocks of the trace buffer are new. The device has no producer index: it writes block after block around the
 * buffer, and all that tells a new block from an old one is the timestamp in its last event.
 *
 *   ... | seen, at `last` | next: new when its timestamp is later than `last` | old | old ...
 *
 * The device does not wait for us, so a block may be overwritten while it is read. Blocks are written in order: as long as
 * the block before it still has the timestamp that we saw there, the device cannot have come around to this one. That is
 * checked after the copy, and a failed check is an overrun: the device is a whole buffer or more ahead of us.
 *
 * Positions are exact: after an overrun the place of the newest block says how many blocks were lost, but for whole laps of
 * the buffer, which no published field counts. So the number is the smallest possible one, and is marked as such.
 *
 * The memory must be zero before the device is told to write: a block that does not end in a timestamp was never written.
 */
#ifndef COUNTERSINK_TRACE_SCAN_H
#define COUNTERSINK_TRACE_SCAN_H

#include "trace_block.h"

struct trace_scan {
	const uint64_t *words; /* what the device writes, big-endian */
	uint64_t blocks;       /* of the buffer, 8 or more */
	uint64_t next;	       /* number of the next block to be read, from 0; it lies at next % blocks */
	uint64_t last;	       /* timestamp of the block before it, or TRACE_NEVER */
};

#define TRACE_NEVER UINT64_MAX

enum trace_found {
	TRACE_NOTHING, /* no new block */
	TRACE_BLOCK,   /* block has been copied, whole and unharmed */
	TRACE_OVERRUN, /* *lost blocks were overwritten before they were read; go on with the next call */
};

void trace_scan_begin(struct trace_scan *scan, const uint64_t *words, uint64_t blocks);

/* The next block in order, or why there is none. Never waits; *lost is written for TRACE_OVERRUN only. */
enum trace_found trace_scan_next(struct trace_scan *scan, struct trace_block *block, uint64_t *lost);

#endif
