// SPDX-License-Identifier: Apache-2.0
#include "follower.h"

#include <errno.h>
#include <stdlib.h>

#include "clock.h"

static int follower_init(struct follower *follower, struct stream *stream, int cpu)
{
	size_t words = (stream->columns + 63) / 64;
	follower->stream = stream;
	follower->cpu = cpu;
	follower->columns = calloc(stream->columns, sizeof *follower->columns);
	if (!follower->columns)
		return -ENOMEM;
	for (uint32_t column = 0; column < stream->columns; column++)
		for (uint32_t r = 0; r < stream->reader_count; r++)
			if (stream->readers[r].cpu == cpu && stream->readers[r].mine[column / 64] >> (column % 64) & 1)
				follower->columns[follower->column_count++] = column;
	for (int i = 0; i < FOLLOWER_SLOTS; i++) {
		follower->slots[i].values = calloc(stream->columns, sizeof(uint64_t));
		follower->slots[i].nulls = calloc(words, sizeof(uint64_t));
		if (!follower->slots[i].values || !follower->slots[i].nulls)
			return -ENOMEM;
	}
	return 0;
}

int followers_create(struct stream *stream)
{
	for (uint32_t r = 0; r < stream->reader_count; r++) {
		int cpu = stream->readers[r].cpu;
		bool known = cpu < 0 || cpu == stream->lane->cpu;
		for (uint32_t f = 0; f < stream->follower_count; f++)
			known |= stream->followers[f].cpu == cpu;
		if (known)
			continue;
		size_t bytes = (stream->follower_count + 1) * sizeof *stream->followers;
		struct follower *followers = aligned_alloc(128, round_up(bytes, 128));
		if (!followers)
			return -ENOMEM;
		memset(followers, 0, bytes);
		if (stream->followers)
			memcpy(followers, stream->followers, bytes - sizeof *followers);
		free(stream->followers);
		stream->followers = followers;
		int error = follower_init(&followers[stream->follower_count], stream, cpu);
		if (error)
			return error;
		stream->follower_count++;
	}
	return 0;
}

static void fill_slot(struct follower *follower, struct follower_slot *slot, uint64_t tick)
{
	const struct stream *stream = follower->stream;
	size_t words = (stream->columns + 63) / 64;
	memset(slot->nulls, 0, words * sizeof(uint64_t));
	struct cells cells = {(char *)slot->values, sizeof(uint64_t), slot->nulls, tick, false};
	slot->tick = tick;
	slot->error = 0;
	for (uint32_t r = 0; r < stream->reader_count && !slot->error; r++)
		if (stream->readers[r].cpu == follower->cpu)
			slot->error = stream->readers[r].ops->read(&stream->readers[r], &cells);
}

void *follower_run(void *argument)
{
	struct follower *follower = argument;
	uint64_t period = follower->stream->period_ns;
	uint64_t deadline = follower->start_ns, tick = 0;
	while (deadline < follower->stop_ns) {
		uint64_t now = wait_until(&follower->waiter, deadline);
		if (load_statistic(follower->waiter.stop))
			break;
		waiter_give_way(&follower->waiter, now);
		uint64_t passed = (now - deadline) / period;
		tick += passed;
		deadline += passed * period;
		if (follower->published - load_from_consumer(&follower->released) < FOLLOWER_SLOTS) {
			struct follower_slot *slot = &follower->slots[follower->published % FOLLOWER_SLOTS];
			slot->begin_ns = now;
			fill_slot(follower, slot, tick);
			slot->finish_ns = now_ns();
			store_for_consumer(&follower->published, follower->published + 1);
		}
		tick++;
		deadline += period;
	}
	return NULL;
}

static void copy_slot(const struct follower *follower, const struct follower_slot *slot, struct cells *cells)
{
	for (uint32_t i = 0; i < follower->column_count; i++) {
		uint32_t column = follower->columns[i];
		if (!slot || slot->error || slot->nulls[column / 64] >> (column % 64) & 1)
			cell_null(cells, column);
		else
			cell_put(cells, column, slot->values[column]);
	}
}

bool follower_collect(struct follower *follower, struct cells *cells, bool patient, uint64_t *begin_ns,
		      uint64_t *finish_ns, int *error)
{
	uint64_t published = load_from_consumer(&follower->published);
	uint64_t released = follower->released;
	while (released < published && follower->slots[released % FOLLOWER_SLOTS].tick < cells->tick)
		released++;
	const struct follower_slot *slot = released < published ? &follower->slots[released % FOLLOWER_SLOTS] : NULL;
	if (!slot && patient) {
		store_for_consumer(&follower->released, released);
		return false;
	}
	bool match = slot && slot->tick == cells->tick;
	copy_slot(follower, match ? slot : NULL, cells);
	if (match && slot->begin_ns < *begin_ns)
		*begin_ns = slot->begin_ns;
	if (match && slot->finish_ns > *finish_ns)
		*finish_ns = slot->finish_ns;
	if (match && slot->error)
		*error = slot->error;
	/* The slot of this tick is kept until a later tick is asked for, since the lane may ask for an open row
	 * again. */
	store_for_consumer(&follower->released, released);
	return true;
}
