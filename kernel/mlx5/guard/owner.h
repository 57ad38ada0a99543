// SPDX-License-Identifier: Apache-2.0
/*
 * Tells who uses the device's diagnostic sampler. No command tells it, and none sets the sampler only if nobody else
 * did. So:
 *
 *   1. The plan was made from what the device said of its sampler at that time.
 *   2. owner_claim() asks the device again, right before we set it. If the answer differs from the plan, someone else
 *      has set it since, and we do not.
 *   3. owner_remember() asks once more after we set it. That answer, and not what we asked for, is what is ours: the
 *      device may grant something else.
 *   4. owner_is_foreign() asks and compares with that answer. If they differ, someone else has taken the sampler over.
 *
 * Between 2 and setting the sampler a fraction of a millisecond passes. Of two that set it in that time the later one
 * wins.
 */
#ifndef COUNTERSINK_OWNER_H
#define COUNTERSINK_OWNER_H

#include "../transport/transport.h"

enum { PARAMETERS_ANSWER = PARAMETERS_LIST + PARAMETERS_COUNTER_BYTES * PARAMETERS_MAX_COUNTERS };

/* What is ours. Lies in memory that two processes share. */
struct owner_mark {
	uint32_t known; /* 1: params is the answer after we set the sampler */
	uint8_t params[PARAMETERS_ANSWER];
};

/* restore: SET_DIAGNOSTIC_PARAMS that puts back what the plan found; its inbox must be writable memory of the
 * caller. If the program that sampled then has ended since, restore is changed so that it starts nobody. 0; -EBUSY
 * where someone else has set the sampler since; or -errno of the device. Then the sampler must not be set, and
 * message tells why. */
int owner_claim(struct transport *transport, const struct mailbox *restore, char *message, size_t bytes);

void owner_remember(struct owner_mark *mark, struct transport *transport);

/* False where the device does not answer: then nothing is known. */
bool owner_is_foreign(const struct owner_mark *mark, struct transport *transport);

#endif
