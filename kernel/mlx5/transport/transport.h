// SPDX-License-Identifier: Apache-2.0
/*
 * How a mailbox reaches the firmware of an mlx5 device: fwctl (Linux 6.15 and later) or mlx5ctl (out of tree). Both hand it
 * over as it is, with the user id of the descriptor put into its header, and both call a refusal by the firmware success;
 * here it is -EREMOTEIO, and the outbox says why.
 *
 *   inbox    opcode u16 @0, uid u16 @2, op_mod u16 @6, ...        big-endian
 *   outbox   status u8 @0, syndrome u32 @4, ...
 */
#ifndef COUNTERSINK_TRANSPORT_H
#define COUNTERSINK_TRANSPORT_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { MAILBOX_LEAST = 16, OUTBOX_STATUS = 0, OUTBOX_SYNDROME = 4 };

/* The kernel's names for what a command may do; mlx5ctl has no such thing. */
enum scope { SCOPE_CONFIGURATION, SCOPE_DEBUG_READ_ONLY, SCOPE_DEBUG_WRITE, SCOPE_DEBUG_WRITE_FULL };

struct mailbox {
	enum scope scope;
	const uint8_t *in;
	uint8_t *out;
	uint32_t in_bytes, out_bytes;
};

/* What the driver says of itself and of this descriptor: names and values, to be printed. */
struct transport_info {
	const char *names[4];
	uint32_t values[4];
	int count;
};

struct transport;

struct transport_ops {
	const char *name;
	const char *prefix;  /* of the path of every device */
	uint32_t most_bytes; /* of a mailbox, either way */
	int (*info)(const struct transport *transport, struct transport_info *info);
	/* 0, -EREMOTEIO with a valid outbox, or another -errno. */
	int (*command)(const struct transport *transport, const struct mailbox *mailbox);
	/* Memory of ours that the device may write: page-aligned, pinned until unregistered or closed. NULL: has none. */
	int (*umem_register)(const struct transport *transport, void *address, size_t bytes, uint32_t *id);
	int (*umem_unregister)(const struct transport *transport, uint32_t id);
};

struct transport {
	const struct transport_ops *ops; /* NULL: not open */
	int fd;
	void *context; /* of a transport that is none of the kernel's */
	bool has_mkey; /* one was made through this descriptor, and not destroyed */
	uint32_t mkey;
};

extern const struct transport_ops fwctl_transport, mlx5ctl_transport;

/* A device as the plan names it, and what its commands may do: of those that only read, and of the others. */
struct transport_address {
	char *driver, *path; /* words of the plan */
	enum scope read_scope, write_scope;
};

/* "device DRIVER PATH SCOPE_READ SCOPE_WRITE", once; PATH is escaped. 0 or -EINVAL. */
int transport_configure(struct transport_address *address, char **words);

/* driver by name. 0; -EINVAL for a driver that is none, or a path that no device of it can have; -errno of open(). */
int transport_open(struct transport *transport, const char *driver, const char *path);
void transport_close(struct transport *transport);

/* Every command passes here: -ENOMSG for one that is not on our own list (allowed.h), -EMSGSIZE for one of a size that the
 * driver does not take. The firmware tracer may only be told to write to memory whose mkey was made here. */
int transport_command(struct transport *transport, const struct mailbox *mailbox);

/* -EREMOTEIO where the driver has done its part and the firmware says no. */
static inline int outbox_error(const struct mailbox *mailbox)
{
	return mailbox->out[OUTBOX_STATUS] ? -EREMOTEIO : 0;
}

#endif
