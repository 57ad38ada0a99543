// SPDX-License-Identifier: Apache-2.0
/*
 * Puts the device back as it was found, whatever becomes of the sampler: a small process holds the descriptor and the mailboxes,
 * and executes them when the sampler asks for it, ends, or is killed.
 */
#ifndef COUNTERSINK_GUARD_H
#define COUNTERSINK_GUARD_H

#include <sys/types.h>

#include "transport.h"

struct guard {
	pid_t pid; /* 0: none */
	int pipe;
};

/* Before the device is changed. restore: so many mailboxes, which are executed in their order, each whatever became of the one
 * before. 0 or -errno. */
int guard_start(struct guard *guard, const struct transport *transport, const struct mailbox *restore, unsigned count);

/* Restores now, unless `leave`: then the device is someone else's. 0, or -errno of the first command that failed. */
int guard_end(struct guard *guard, bool leave);

#endif
