// SPDX-License-Identifier: Apache-2.0
#include "owner.h"

#include <stdio.h>

#include "../transport/big_endian.h"
#include "../transport/refusal.h"

/* Places in a mailbox of QUERY_ or SET_DIAGNOSTIC_PARAMS. */
enum {
	COUNTERS_AT = PARAMETERS_START + parameters_context_num_of_counters,
	LOG_SAMPLES_AT = PARAMETERS_START + parameters_context_log_num_of_samples,
	LOG_PERIOD_AT = PARAMETERS_START + parameters_context_log_sample_period,
	FLAGS_AT = PARAMETERS_START + parameters_context_enable,
	IDS_AT = PARAMETERS_LIST + parameters_counter_counter_id,
	ENABLE = parameters_context_enable_MASK,
	PUBLISHED_FLAGS = parameters_context_single_MASK | parameters_context_repetitive_MASK |
			  parameters_context_sync_MASK | parameters_context_clear_MASK |
			  parameters_context_on_demand_MASK | parameters_context_enable_MASK |
			  parameters_context_tracer_dump_MASK,
};

static int ask(struct transport *transport, uint8_t *params)
{
	static const uint8_t query[MAILBOX_MIN] = {OP_QUERY_DIAGNOSTIC_PARAMS >> 8, OP_QUERY_DIAGNOSTIC_PARAMS & 0xff};
	const struct mailbox mailbox = {SCOPE_DEBUG_READ_ONLY, query, params, sizeof query, PARAMETERS_ANSWER};
	memset(params, 0, PARAMETERS_ANSWER);
	return transport_command(transport, &mailbox);
}

/* Compares neither bits that nobody has published, nor the flags: a device that has filled its ring may say that it
 * is no longer enabled. */
static bool is_same(const uint8_t *a, const uint8_t *b)
{
	uint32_t counters = get_u16(a + COUNTERS_AT);
	bool same = counters == get_u16(b + COUNTERS_AT) && a[LOG_SAMPLES_AT] == b[LOG_SAMPLES_AT] &&
		    a[LOG_PERIOD_AT] == b[LOG_PERIOD_AT] && counters <= PARAMETERS_MAX_COUNTERS;
	for (uint32_t i = 0, at = IDS_AT; same && i < counters; i++, at += PARAMETERS_COUNTER_BYTES)
		same = get_u16(a + at) == get_u16(b + at);
	return same;
}

int owner_claim(struct transport *transport, const struct mailbox *restore, char *message, size_t bytes)
{
	uint8_t now[PARAMETERS_ANSWER], planned[PARAMETERS_ANSWER] = {0};
	memcpy(planned, restore->in, restore->in_bytes < sizeof planned ? restore->in_bytes : sizeof planned);
	int error = ask(transport, now);
	if (error)
		return describe_error(message, bytes, "QUERY_DIAGNOSTIC_PARAMS", error, now), error;
	if (!(now[FLAGS_AT] & ENABLE)) {
		((uint8_t *)(uintptr_t)restore->in)[FLAGS_AT] &= (uint8_t)~ENABLE;
		return 0;
	}
	if (((now[FLAGS_AT] ^ planned[FLAGS_AT]) & PUBLISHED_FLAGS) == 0 && is_same(now, planned))
		return 0;
	snprintf(message, bytes,
		 "someone else has set the device's sampler since countersink looked at it; record again, with --steal to take it over");
	return -EBUSY;
}

void owner_remember(struct owner_mark *mark, struct transport *transport)
{
	mark->known = ask(transport, mark->params) == 0;
}

bool owner_is_foreign(const struct owner_mark *mark, struct transport *transport)
{
	uint8_t now[PARAMETERS_ANSWER];
	return mark->known && ask(transport, now) == 0 && !is_same(mark->params, now);
}
