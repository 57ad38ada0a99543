// SPDX-License-Identifier: Apache-2.0
/*
 * Who has the device's sampler. Before it is set: whether it still samples for whom it did when the plan was made. After: whether
 * it still samples what we told it to, or someone else has taken it over; compared is what it says now with what it said when
 * we had set it, which need not be what it was told. SET_ and QUERY_DIAGNOSTIC_PARAMS have the same bytes from the context on.
 */
#include <stdio.h>

#include "../transport/big_endian.h"
#include "guard.h"
#include "../transport/refusal.h"

enum { COUNTERS_AT = 8, LOG_SAMPLES_AT = 11, FLAGS_AT = 12, LOG_PERIOD_AT = 15, LIST_AT = 32, LIST_ENTRY = 4, ID_AT = 2 };
enum { ENABLE = 0x04, KNOWN_FLAGS = 0xfe };

static int ask(struct transport *transport, uint8_t *params)
{
	static const uint8_t query[MAILBOX_LEAST] = {0x08, 0x19};
	const struct mailbox mailbox = {SCOPE_DEBUG_READ_ONLY, query, params, sizeof query, PARAMS_ANSWER};
	memset(params, 0, PARAMS_ANSWER);
	return transport_command(transport, &mailbox);
}

/* Bits that nobody has published are not compared. The flags neither: a device that has filled its ring may well say that it is
 * no longer enabled. */
static bool is_same(const uint8_t *a, const uint8_t *b)
{
	uint32_t counters = get_u16(a + COUNTERS_AT);
	bool same = counters == get_u16(b + COUNTERS_AT) && a[LOG_SAMPLES_AT] == b[LOG_SAMPLES_AT] &&
		    a[LOG_PERIOD_AT] == b[LOG_PERIOD_AT] && counters <= (PARAMS_ANSWER - LIST_AT) / LIST_ENTRY;
	for (uint32_t at = LIST_AT + ID_AT; same && at < LIST_AT + counters * LIST_ENTRY; at += LIST_ENTRY)
		same = get_u16(a + at) == get_u16(b + at);
	return same;
}

int guard_claim(struct transport *transport, const struct mailbox *restore, char *message, size_t bytes)
{
	uint8_t now[PARAMS_ANSWER], planned[PARAMS_ANSWER] = {0};
	memcpy(planned, restore->in, restore->in_bytes < sizeof planned ? restore->in_bytes : sizeof planned);
	int error = ask(transport, now);
	if (error)
		return describe_error(message, bytes, "QUERY_DIAGNOSTIC_PARAMS", error, now), error;
	if (!(now[FLAGS_AT] & ENABLE)) {
		((uint8_t *)(uintptr_t)restore->in)[FLAGS_AT] &= (uint8_t)~ENABLE;
		return 0;
	}
	if (((now[FLAGS_AT] ^ planned[FLAGS_AT]) & KNOWN_FLAGS) == 0 && is_same(now, planned))
		return 0;
	snprintf(message, bytes,
		 "someone else has set the device's sampler since it was looked at; record again, with --steal to take it over");
	return -EBUSY;
}

void guard_remember(struct guard *guard, struct transport *transport)
{
	guard->page->known = ask(transport, guard->page->params) == 0;
}

bool guard_is_foreign(const struct guard *guard, struct transport *transport)
{
	uint8_t now[PARAMS_ANSWER];
	return guard->page && guard->page->known && ask(transport, now) == 0 && !is_same(guard->page->params, now);
}
