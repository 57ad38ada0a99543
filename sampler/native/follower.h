// SPDX-License-Identifier: Apache-2.0
/*
 * A follower reads what must be read on another CPU (a perf counter read from a remote CPU costs an interrupt there, 13 us
 * against 1). It keeps the same schedule as the lane, on its own CPU, and hands each tick over in a slot; the lane puts the
 * slot of the same tick into its row one wake later. Nobody waits for anybody: a tick that a follower missed leaves its
 * columns null.
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
	uint32_t *columns; /* those that this follower fills: the union of its readers' */
	uint32_t column_count;
	struct follower_slot slots[FOLLOWER_SLOTS];
	_Alignas(128) uint64_t published; /* written by the follower */
	_Alignas(128) uint64_t released;  /* written by the lane */
};

/* Makes a follower for every CPU that the stream's readers demand and the lane is not on. 0 or -ENOMEM. */
int followers_create(struct stream *stream);

/* Runs a follower until stop; a pthread start routine. */
void *follower_run(void *follower);

/* Copies the slot of this tick into the row and widens [*begin, *finish]; a missing slot gives nulls, and so does one whose read
 * failed, with its -errno in *error. Returns false when the slot may still come (nothing newer is there) and more patience is
 * allowed. */
bool follower_collect(struct follower *follower, struct cells *cells, bool patient, uint64_t *begin_ns,
		      uint64_t *finish_ns, int *error);

#endif
