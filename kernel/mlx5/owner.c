// SPDX-License-Identifier: Apache-2.0
/*
 * Whether the device still samples what we told it to, or someone else has taken its sampler over. Compared is what it says now
 * with what it said when we had set it, which need not be what it was told.
 */
#include "bytes.h"
#include "guard.h"

/* The flags are not compared: a device that has filled its ring may well say that it is no longer enabled. */
enum { COUNTERS_AT = 8, LOG_SAMPLES_AT = 11, LOG_PERIOD_AT = 15, LIST_AT = 32, LIST_ENTRY = 4 };

static int ask(const struct transport *transport, uint8_t *params)
{
	static const uint8_t query[MAILBOX_LEAST] = {0x08, 0x19};
	const struct mailbox mailbox = {SCOPE_DEBUG_READ_ONLY, query, params, sizeof query, PARAMS_ANSWER};
	memset(params, 0, PARAMS_ANSWER);
	return transport_command(transport, &mailbox);
}

static bool is_same(const uint8_t *a, const uint8_t *b)
{
	size_t list = get_u16(a + COUNTERS_AT) * (size_t)LIST_ENTRY;
	return get_u16(a + COUNTERS_AT) == get_u16(b + COUNTERS_AT) && a[LOG_SAMPLES_AT] == b[LOG_SAMPLES_AT] &&
	       a[LOG_PERIOD_AT] == b[LOG_PERIOD_AT] && list <= PARAMS_ANSWER - LIST_AT &&
	       memcmp(a + LIST_AT, b + LIST_AT, list) == 0;
}

void guard_remember(struct guard *guard, const struct transport *transport)
{
	guard->page->known = ask(transport, guard->page->params) == 0;
}

bool guard_is_foreign(const struct guard *guard, const struct transport *transport)
{
	uint8_t now[PARAMS_ANSWER];
	return guard->page && guard->page->known && ask(transport, now) == 0 && !is_same(guard->page->params, now);
}
