// SPDX-License-Identifier: Apache-2.0
/* Whether the device still samples what we told it to, or someone else has taken its sampler over. */
#include <errno.h>
#include <stdio.h>

#include "drain.h"

/* The context that SET and QUERY_DIAGNOSTIC_PARAMS have in common: what we compare of it. The flags are not among it: a device
 * may say more of them than it was told. */
enum { COUNTERS_AT = 8, LOG_SAMPLES_AT = 11, LOG_PERIOD_AT = 15 };
static const uint8_t query_params[MAILBOX_LEAST] = {0x08, 0x19};

static bool is_same(const uint8_t *set, const uint8_t *found, size_t bytes)
{
	return get_u16(set + COUNTERS_AT) == get_u16(found + COUNTERS_AT) && set[LOG_SAMPLES_AT] == found[LOG_SAMPLES_AT] &&
	       set[LOG_PERIOD_AT] == found[LOG_PERIOD_AT] &&
	       memcmp(set + PARAMS_BYTES, found + PARAMS_BYTES, bytes - PARAMS_BYTES) == 0;
}

bool drain_is_taken_over(struct mlx5_drain *drain)
{
	const struct mailbox *start = &drain->start;
	if (drain->dead || !start->in || start->in_bytes < PARAMS_BYTES)
		return drain->dead == -EBUSY;
	struct mailbox query = {drain->read_scope, query_params, drain->answer, sizeof query_params, start->in_bytes};
	/* Whoever does not answer says nothing about its owner. */
	if (transport_command(&drain->transport, &query) || is_same(start->in, drain->answer, start->in_bytes))
		return false;
	drain->dead = -EBUSY;
	snprintf(drain->message, sizeof drain->message,
		 "someone else set the device's sampler to something else; what it does now is left as it is");
	return true;
}
