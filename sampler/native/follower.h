// SPDX-License-Identifier: Apache-2.0
/*
 * A follower is a thread that reads what must be read on another CPU than the lane's: reading a perf counter of another
 * CPU takes 13 us and interrupts that CPU, reading it there takes 1 us.
 *
 *   1. The follower has the same schedule as its stream. At each tick it reads the clock, fills a slot with the values
 *      and nulls of its columns, reads the clock again, and publishes the slot. Slots are in order of tick. A tick
 *      whose time has passed is skipped.
 *   2. If all FOLLOWER_SLOTS slots are in use, the tick is skipped.
 *   3. The lane reads its own columns of the tick and leaves the row open.
 *   4. At the next tick of the stream, the lane asks for the slot of the open row's tick, and releases the slots of
 *      earlier ticks. It copies the slot into the row, widens the read window of the row by that of the slot, and
 *      commits the row. A stream with a long period does not leave its row open so long: there the lane asks again and
 *      again for a short time.
 *   5. If there is a slot of a later tick and none of this one, the follower has missed the tick, and its columns are
 *      null in the row. If there is no later slot either, a patient lane leaves the row open, and one at its next tick
 *      puts nulls.
 *
 * So neither thread ever waits for the other. published is written by the follower alone and released by the lane
 * alone.
 */
#ifndef COUNTERSINK_FOLLOWER_H
#define COUNTERSINK_FOLLOWER_H

#include <pthread.h>

#include "plan.h"

enum { FOLLOWER_SLOTS = 64 };

struct follower_slot {
	uint64_t tick, begin_ns, finish_ns;
	int error;
	uint64_t *nulls;
	uint64_t *values;
};

struct follower {
	pthread_t thread;
	struct stream *stream;
	int cpu;
	struct waiter waiter;
	uint64_t start_ns, stop_ns;
	uint32_t *columns; /* those that this follower fills */
	uint32_t column_count;
	struct follower_slot slots[FOLLOWER_SLOTS];
	_Alignas(128) uint64_t published; /* written by the follower */
	_Alignas(128) uint64_t released;  /* written by the lane */
};

/* Makes a follower for each CPU that readers of the stream are bound to, except the lane's. 0 or -ENOMEM. */
int followers_create(struct stream *stream);

/* A pthread start routine; returns at the end of the schedule or when stop is set. */
void *follower_run(void *follower);

/* Copies the slot of the tick of cells into the row, and widens [*begin_ns, *finish_ns]. Where there is no slot, or its
 * read failed (then its -errno is put into *error), the columns are null. Returns false, and copies nothing, when the
 * lane is patient and the slot may still come. */
bool follower_collect(struct follower *follower, struct cells *cells, bool patient, uint64_t *begin_ns,
		      uint64_t *finish_ns, int *error);

#endif
