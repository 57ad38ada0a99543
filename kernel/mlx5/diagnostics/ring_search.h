// SPDX-License-Identifier: Apache-2.0
/* Finds out where the device writes: steps 1 to 3 and 5 of mlx5_drain.c. Moves the cursor there. */
#ifndef COUNTERSINK_RING_SEARCH_H
#define COUNTERSINK_RING_SEARCH_H

#include "drain_query.h"
#include "ring_image.h"

/* What the looks at the ring showed. */
struct ring_looks {
	struct ring_image image;
	struct bracket still; /* times of the first look, after which nothing has changed */
};

enum found { FOUND_NOTHING, FOUND_SAMPLES, FOUND_OTHER_COUNTERS };

/* What every step of a search needs. */
struct search {
	struct ring_looks *looks;
	const struct drain_plan *plan;
	struct drain_query *query;
	struct drain_cursor *cursor;
	struct outlet *outlet;
};

/* One look at the whole ring; first: nothing is known of it yet. 0 or -errno of a command. FOUND_SAMPLES: the cursor
 * is at the first sample to take, and *seen_ns is when the newest was seen. */
int search_look(const struct search *search, bool first, enum found *found, uint64_t *seen_ns);

/* After a lap: moves the cursor's place to a quarter of the ring after the newest sample. 0 or -errno of a command. */
int search_overtake(const struct search *search);

#endif
