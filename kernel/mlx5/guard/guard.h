// SPDX-License-Identifier: Apache-2.0
/*
 * Puts the device back as it was found, whatever becomes of the sampler: a small process holds the descriptor and the mailboxes,
 * and executes them when the sampler asks for it, ends, or is killed; where that process itself is killed, the sampler does it. It does not where someone else has set the device's
 * diagnostic sampler since: owner.c.
 */
#ifndef COUNTERSINK_GUARD_H
#define COUNTERSINK_GUARD_H

#include <sys/types.h>

#include "../transport/transport.h"

/* QUERY_DIAGNOSTIC_PARAMS of 1,024 counters; cards have 18 to 175. */
enum { PARAMS_ANSWER = 32 + 4 * 1024 };

/* Memory of both processes. */
struct guard_page {
	uint32_t known; /* 1: params is what the device said after we had set it */
	uint8_t params[PARAMS_ANSWER];
	uint8_t outbox[MAILBOX_LEAST]; /* of the first command that failed in restoring */
};

struct guard {
	pid_t pid; /* 0: none */
	int pipe;
	struct guard_page *page;
	/* Of whoever started it: where the guard is killed, they are executed here. */
	struct transport *transport;
	const struct mailbox *restore;
	unsigned count;
};

/* Before the guard: whether the device still samples for whom it did when it was looked at, which is what restore (an inbox of
 * ours) puts back. Where they have ended since, restore is changed: nobody is started. 0; -EBUSY where someone else has started or
 * set it since; or -errno of the device, which then may not be set. message says why. */
int guard_claim(struct transport *transport, const struct mailbox *restore, char *message, size_t bytes);

/* Before the device is changed. restore: so many mailboxes, which are executed in their order, each whatever became of the one
 * before. 0 or -errno. */
int guard_start(struct guard *guard, struct transport *transport, const struct mailbox *restore, unsigned count);

/* After SET_DIAGNOSTIC_PARAMS: from here on the guard knows what is ours. */
void guard_remember(struct guard *guard, struct transport *transport);

/* Whether the device says that it was set to something else since. Whoever does not answer says nothing about its owner. */
bool guard_is_foreign(const struct guard *guard, struct transport *transport);

/* Restores now. 0, or -errno of the first command that failed, and then its outbox is copied to `outbox` (may be NULL). A guard that
 * was killed meanwhile can do nothing any more: then it is done here, and *killed (may be NULL) is set, else cleared. */
int guard_end(struct guard *guard, uint8_t *outbox, bool *killed);

/* What is said then. */
#define GUARD_KILLED "the process that guards the device was killed; the device was put back all the same"

#endif
