// SPDX-License-Identifier: Apache-2.0
/* Turns the samples of an answer into rows and gaps. */
#ifndef COUNTERSINK_TAKE_SAMPLES_H
#define COUNTERSINK_TAKE_SAMPLES_H

#include "drain_cursor.h"

/* What to take the samples from, and how. */
struct taking {
	const struct drain_plan *plan;
	const struct sample_layout *layout;
	const uint8_t *records; /* of the answer */
	uint64_t *spare;	/* one row, for samples that the recording has no room for */
	bool failed;		/* the command before this one failed */
	uint64_t now_ns;
};

struct taken {
	uint32_t places; /* that the cursor can go forward */
	bool lapped;	 /* the last sample shows that the device went all the way round */
};

/* Takes up to `count` samples, and moves the cursor's numbers and clock, but not its place. It stops before an older
 * sample, before one that the device is writing, and before one that shows that the device went all the way round. */
struct taken take_samples(const struct taking *taking, struct drain_cursor *cursor, struct outlet *outlet,
			  uint32_t count);

#endif
