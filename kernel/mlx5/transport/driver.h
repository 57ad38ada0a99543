// SPDX-License-Identifier: Apache-2.0
/* What a driver does for us: fwctl (Linux 6.15 and later) or mlx5ctl (out of tree). */
#ifndef COUNTERSINK_DRIVER_H
#define COUNTERSINK_DRIVER_H

#include <stdbool.h>
#include <stddef.h>

#include "mailbox.h"

/* What the driver says of itself and of this descriptor: names and values, to be printed. */
struct transport_info {
	const char *names[4];
	uint32_t values[4];
	int count;
};

struct transport;

struct transport_ops {
	const char *name;
	const char *prefix; /* of the path of every device */
	uint32_t max_bytes; /* of an inbox or an outbox */
	int (*info)(const struct transport *transport, struct transport_info *info);
	/* 0, -EREMOTEIO with a valid outbox, or another -errno. */
	int (*command)(const struct transport *transport, const struct mailbox *mailbox);
	/* Lets the device write to memory of ours: page-aligned, pinned until it is unregistered or the descriptor
	 * is closed. NULL: this driver cannot. */
	int (*umem_register)(const struct transport *transport, void *address, size_t bytes, uint32_t *id);
	int (*umem_unregister)(const struct transport *transport, uint32_t id);
};

/* A descriptor of a device. */
struct transport {
	const struct transport_ops *ops; /* NULL: not open */
	int fd;
	void *context; /* for tests, whose driver has no descriptor */
	bool has_mkey; /* this descriptor created an mkey that was not destroyed */
	uint32_t mkey;
};

#endif
