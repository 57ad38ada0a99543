// SPDX-License-Identifier: Apache-2.0
/* The one way from the sampler to the firmware of a device: opens only devices, executes only commands that are
 * allowed. */
#ifndef COUNTERSINK_TRANSPORT_H
#define COUNTERSINK_TRANSPORT_H

#include "driver.h"

/* A device as the plan names it, and the scopes of its commands: of those that only read, and of the others. */
struct transport_address {
	char *driver, *path; /* words of the plan */
	enum scope read_scope, write_scope;
};

/* Takes "device DRIVER PATH SCOPE_READ SCOPE_WRITE", once; PATH is escaped. 0 or -EINVAL. */
int transport_configure(struct transport_address *address, char **words);

/* driver: its name. 0; -EINVAL for an unknown driver, or a path that no device of this driver can have; -errno of
 * open(). */
int transport_open(struct transport *transport, const char *driver, const char *path);
void transport_close(struct transport *transport);

/* Executes a command. 0; -ENOMSG for one that is not allowed (allowed.h); -EMSGSIZE for a size that the driver does
 * not take; -EREMOTEIO with a valid outbox; or another -errno of the driver. */
int transport_command(struct transport *transport, const struct mailbox *mailbox);

#endif
