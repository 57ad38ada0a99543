// SPDX-License-Identifier: Apache-2.0
/*
 * Puts the device back as it was found, whatever becomes of the sampler: a small process holds the descriptor and the mailbox,
 * and executes it when the sampler asks for it, ends, or is killed.
 */
#ifndef COUNTERSINK_GUARD_H
#define COUNTERSINK_GUARD_H

#include <sys/types.h>

#include "transport.h"

struct guard {
	pid_t pid; /* 0: none */
	int pipe;
};

/* Before the device is changed. 0 or -errno. */
int guard_start(struct guard *guard, const struct transport *transport, const struct mailbox *restore);

/* Restores now, unless `leave`: then the device is someone else's. 0, or -errno of the command. */
int guard_end(struct guard *guard, bool leave);

#endif
