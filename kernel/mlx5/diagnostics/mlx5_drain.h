// SPDX-License-Identifier: Apache-2.0
/* The state of the reader mlx5_drain. Only mlx5_drain.c changes it; tests look at it. */
#ifndef COUNTERSINK_MLX5_DRAIN_H
#define COUNTERSINK_MLX5_DRAIN_H

#include "../guard/guard.h"
#include "drain_health.h"
#include "ring_search.h"

enum drain_state { DRAIN_FIRST_LOOK, DRAIN_SECOND_LOOK, DRAIN_FOLLOWS, DRAIN_OVER };

struct mlx5_drain {
	enum drain_state state;
	struct drain_plan plan;	    /* what was asked for */
	struct drain_cursor cursor; /* where we are */
	struct drain_health health; /* what went wrong */
	struct ring_looks looks;
	struct drain_query query;
	struct guard guard;
	struct mailbox restore; /* what the guard executes */
	uint64_t *spare;	/* one row, for samples that the recording has no room for */
	uint64_t told_ns;	/* when the fit of the clock was last published */
};

#endif
