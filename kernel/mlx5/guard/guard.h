// SPDX-License-Identifier: Apache-2.0
/*
 * Puts the device back as it was found, whatever becomes of the sampler. The order of steps:
 *
 *   1. owner_claim() checks that the device's sampler may be set (owner.h). The firmware tracer has no such step.
 *   2. guard_start() starts a small process, the guard. It has the descriptor of the device, the mailboxes that restore
 *      the device, and one end of a pipe; it ignores signals that end the sampler.
 *   3. The sampler changes the device.
 *   4. guard_remember() writes what the device now says of its sampler to a page that both processes share.
 *   5. The guard waits until the sampler asks for the end (guard_end() writes one byte), ends, or is killed (the pipe
 *      ends).
 *   6. The guard asks the device. If someone else has set its sampler since step 4, the guard changes nothing.
 *      Otherwise it executes every mailbox, and exits with the errno of the first that failed.
 *   7. If the guard itself was killed, guard_end() does step 6. Then a command may be executed twice, which does no
 *      harm.
 */
#ifndef COUNTERSINK_GUARD_H
#define COUNTERSINK_GUARD_H

#include <sys/types.h>

#include "../transport/transport.h"
#include "owner.h"

/* Memory of both processes. */
struct guard_page {
	struct owner_mark mark;
	uint8_t outbox[MAILBOX_MIN]; /* of the first mailbox that failed */
};

struct guard {
	pid_t pid; /* 0: none */
	int pipe;
	struct guard_page *page;
	struct transport *transport;
	const struct mailbox *restore;
	unsigned count;
};

/* restore: `count` mailboxes, executed in this order, each even if one before it failed. They and the transport must
 * stay until guard_end(). 0 or -errno. */
int guard_start(struct guard *guard, struct transport *transport, const struct mailbox *restore, unsigned count);

/* Right after SET_DIAGNOSTIC_PARAMS: what the device says now is ours. */
void guard_remember(struct guard *guard);

/* Whether someone else has set the device's sampler since guard_remember(). False where the device does not answer,
 * or where nothing is guarded. */
bool guard_is_foreign(const struct guard *guard);

/* Restores now. 0, or -errno of the first mailbox that failed; then its outbox is copied to `outbox` (may be NULL).
 * *killed (may be NULL): whether the guard had been killed. Without a guard it does nothing. */
int guard_end(struct guard *guard, uint8_t *outbox, bool *killed);

/* What to say when the guard was killed. */
#define GUARD_KILLED "the process that guards the device was killed; the device was put back all the same"

#endif
