// SPDX-License-Identifier: Apache-2.0
/*
 * fwctl, Linux 6.15 and later (include/uapi/fwctl/fwctl.h): /dev/fwctl/fwctlN, two ioctls. The structures can grow:
 * their first word is their size. Older headers lack them, so they are declared here.
 */
#include <sys/ioctl.h>

#include "driver.h"

struct fwctl_info {
	uint32_t size, flags;
	uint32_t out_device_type, device_data_len;
	uint64_t out_device_data;
};

struct fwctl_rpc {
	uint32_t size, scope;
	uint32_t in_len, out_len;
	uint64_t in, out;
};

/* What out_device_data of an mlx5 points to. */
struct fwctl_info_mlx5 {
	uint32_t uid, uctx_caps;
};

enum { FWCTL_INFO = 0x9a00, FWCTL_RPC = 0x9a01, FWCTL_DEVICE_TYPE_MLX5 = 1 };

_Static_assert(sizeof(struct fwctl_info) == 24, "the kernel's size");
_Static_assert(sizeof(struct fwctl_rpc) == 32, "the kernel's size");

static int info(const struct transport *transport, struct transport_info *info)
{
	struct fwctl_info_mlx5 mlx5 = {0};
	struct fwctl_info arguments = {
		.size = sizeof arguments,
		.device_data_len = sizeof mlx5,
		.out_device_data = (uintptr_t)&mlx5,
	};
	if (ioctl(transport->fd, FWCTL_INFO, &arguments))
		return -errno;
	*info = (struct transport_info){
		{"device_type", "uid", "uctx_caps"}, {arguments.out_device_type, mlx5.uid, mlx5.uctx_caps}, 3};
	return arguments.out_device_type == FWCTL_DEVICE_TYPE_MLX5 ? 0 : -ERRNO_OTHER_MAKER;
}

static int command(const struct transport *transport, const struct mailbox *mailbox)
{
	struct fwctl_rpc arguments = {
		.size = sizeof arguments,
		.scope = (uint32_t)mailbox->scope,
		.in_len = mailbox->in_bytes,
		.out_len = mailbox->out_bytes,
		.in = (uintptr_t)mailbox->in,
		.out = (uintptr_t)mailbox->out,
	};
	return ioctl(transport->fd, FWCTL_RPC, &arguments) ? -errno : outbox_error(mailbox);
}

const struct transport_ops fwctl_transport = {
	.name = "fwctl",
	.prefix = "/dev/fwctl/fwctl",
	.max_bytes = FWCTL_MAX_BYTES,
	.info = info,
	.command = command,
};
