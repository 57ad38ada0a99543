// SPDX-License-Identifier: Apache-2.0
#include "trace_scan.h"

#include <endian.h>

/* After an overrun: the share of the buffer between the place where the device writes next and the block to read
 * next; and how often the buffer is searched before this call gives up. */
enum { HEADROOM_SHARE = 8, MAX_SEARCHES = 8 };

/* Acquire: the words of a block are read in order, and before the check of step 3. */
static uint64_t load_event(const struct trace_scan *scan, uint64_t number, unsigned event)
{
	const uint64_t *word = &scan->words[number % scan->blocks * TRACE_BLOCK_EVENTS + event];
	return be64toh(__atomic_load_n(word, __ATOMIC_ACQUIRE));
}

/* TRACE_NEVER for a block that does not end in a timestamp event. */
static uint64_t timestamp_at(const struct trace_scan *scan, uint64_t number)
{
	uint64_t event = load_event(scan, number, TRACE_BLOCK_EVENTS - 1);
	return trace_is_timestamp(event) ? trace_timestamp(event) : TRACE_NEVER;
}

static bool is_later(uint64_t timestamp, uint64_t than)
{
	return timestamp != TRACE_NEVER && (than == TRACE_NEVER || trace_later_by(timestamp, than) > 0);
}

static void copy_block(const struct trace_scan *scan, struct trace_block *block)
{
	for (unsigned i = 0; i < TRACE_BLOCK_EVENTS; i++)
		block->events[i] = load_event(scan, scan->next, i);
}

/* Step 3. The block before the next one lies `blocks - 1` after it, which avoids a negative number. */
static bool overrun(const struct trace_scan *scan)
{
	return timestamp_at(scan, scan->next + scan->blocks - 1) != scan->last;
}

/* How many blocks after the next one the newest block of the buffer lies: 0 to blocks - 1. */
static uint64_t find_newest(const struct trace_scan *scan, uint64_t *timestamp)
{
	uint64_t newest = 0;
	*timestamp = TRACE_NEVER;
	for (uint64_t ahead = 0; ahead < scan->blocks; ahead++) {
		uint64_t found = timestamp_at(scan, scan->next + ahead);
		if (!is_later(found, *timestamp))
			continue;
		newest = ahead;
		*timestamp = found;
	}
	return newest;
}

/* Steps 4 and 5. The block before `next` was overwritten, so the device is at least a lap ahead: the newest block
 * has number next - 1 + blocks, or up to a lap more. False: the device overtook the search. */
static bool resume(struct trace_scan *scan, uint64_t *lost)
{
	uint64_t newest_clock;
	uint64_t newest = find_newest(scan, &newest_clock) + scan->blocks;
	if (newest == 2 * scan->blocks - 1)
		newest -= scan->blocks;
	uint64_t skip = newest - scan->blocks + 1 + scan->blocks / HEADROOM_SHARE;
	uint64_t last = timestamp_at(scan, scan->next + skip - 1);
	if (last == TRACE_NEVER || is_later(last, newest_clock))
		return false;
	scan->next += skip;
	scan->last = last;
	*lost = skip;
	return true;
}

void trace_scan_start(struct trace_scan *scan, const uint64_t *words, uint64_t blocks)
{
	*scan = (struct trace_scan){.words = words, .blocks = blocks, .last = TRACE_NEVER};
}

enum trace_found trace_scan_next(struct trace_scan *scan, struct trace_block *block, uint64_t *lost)
{
	uint64_t timestamp = timestamp_at(scan, scan->next);
	if (is_later(timestamp, scan->last)) {
		copy_block(scan, block);
		if (!overrun(scan)) {
			scan->last = timestamp;
			scan->next++;
			return TRACE_BLOCK;
		}
	} else if (!overrun(scan)) {
		return TRACE_NOTHING;
	}
	for (int search = 0; search < MAX_SEARCHES; search++)
		if (resume(scan, lost))
			return TRACE_OVERRUN;
	return TRACE_NOTHING;
}
