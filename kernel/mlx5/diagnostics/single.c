// SPDX-License-Identifier: Apache-2.0
/*
 * A ring that is filled once: then the device stops by itself. Nothing in it is ever written over, so nothing is late, and when
 * every place was taken the stream is over. What stands in the ring from before the start is told from what we asked for by its
 * id, which does not lead up to ours, and by its time.
 */
#include <math.h>
#include <stdio.h>

#include "mlx5_drain.h"

static uint64_t head_of(const struct mlx5_drain *drain, uint32_t place)
{
	return drain->changed[place] ? drain->changed[place] : drain->seen[place];
}

/* Of the same counter, with a lower id. */
static bool leads_to(uint64_t before, uint64_t head)
{
	return before >> 48 == head >> 48 && ids_apart(head, before) > 0;
}

uint32_t drain_begin_of_single(struct mlx5_drain *drain, uint32_t oldest, uint64_t newest_after, uint64_t seen_ns)
{
	/* What is older than the start is not ours; what someone else has started, we have not asked for. */
	double most = drain->started_ns ? (double)(seen_ns - drain->started_ns) / drain->clock.nominal_ns : INFINITY;
	double age = (double)newest_after;
	uint32_t first = oldest, earlier = 0;
	for (uint32_t before; earlier + 1 < drain->places; first = before, earlier++) {
		before = place_after(drain, first, drain->places - 1);
		age += (uint32_t)((uint32_t)head_of(drain, first) - (uint32_t)head_of(drain, before));
		if (!leads_to(head_of(drain, before), head_of(drain, first)) || age > most)
			break;
	}
	drain->left = drain->started_ns ? drain->places : drain->places - earlier;
	if (!drain->started_ns)
		return oldest;
	for (uint32_t place = first; place != oldest; place = place_after(drain, place, 1))
		drain->changed[place] = head_of(drain, place);
	return first;
}

bool drain_was_full_at_once(struct mlx5_drain *drain)
{
	double now = (double)drain_now_ns(), period = period_ns(drain);
	if (!drain->single || !drain->started_ns || drain->state == DRAIN_FIRST_LOOK ||
	    now - (double)drain->still.after_ns < 2 * period || now - (double)drain->started_ns < (drain->places + 2) * period)
		return false;
	memcpy(drain->changed, drain->seen, drain->places * sizeof *drain->changed);
	drain->absent_at_ns = drain->started_ns;
	return true;
}

void drain_end_single(struct mlx5_drain *drain)
{
	drain->state = DRAIN_OVER;
	snprintf(drain->message, sizeof drain->message, "single: the device has filled its ring of %u samples%s", drain->places,
		 drain->row.ts ? "" : ", before this recording");
}
