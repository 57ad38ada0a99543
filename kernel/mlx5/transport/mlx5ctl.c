// SPDX-License-Identifier: Apache-2.0
/*
 * mlx5ctl, the out-of-tree driver in the fourth version of its patch series: /dev/mlx5ctl-*, four ioctls. Unlike fwctl
 * it has the umem: memory of ours that the firmware may be told to write to.
 */
#include <sys/ioctl.h>

#include "driver.h"

struct mlx5ctl_info {
	uint16_t uctx_uid, reserved1;
	uint32_t uctx_cap, dev_uctx_cap, ucap;
};

struct mlx5ctl_cmdrpc {
	uint64_t in, out;
	uint32_t inlen, outlen;
};

struct mlx5ctl_umem_reg {
	uint64_t addr, len;
	uint32_t umem_id, reserved;
};

struct mlx5ctl_umem_unreg {
	uint32_t umem_id, reserved;
};

#define MLX5CTL_INFO _IOR(0x5c, 0, struct mlx5ctl_info)
#define MLX5CTL_CMDRPC _IOWR(0x5c, 1, struct mlx5ctl_cmdrpc)
#define MLX5CTL_UMEM_REG _IOWR(0x5c, 2, struct mlx5ctl_umem_reg)
#define MLX5CTL_UMEM_UNREG _IOWR(0x5c, 3, struct mlx5ctl_umem_unreg)

_Static_assert(sizeof(struct mlx5ctl_info) == 16, "the driver's size");
_Static_assert(sizeof(struct mlx5ctl_cmdrpc) == 24, "the driver's size");
_Static_assert(sizeof(struct mlx5ctl_umem_reg) == 24, "the driver's size");
_Static_assert(sizeof(struct mlx5ctl_umem_unreg) == 8, "the driver's size");

static int info(const struct transport *transport, struct transport_info *info)
{
	struct mlx5ctl_info said = {0};
	if (ioctl(transport->fd, MLX5CTL_INFO, &said))
		return -errno;
	*info = (struct transport_info){{"uctx_uid", "uctx_cap", "dev_uctx_cap", "ucap"},
					{said.uctx_uid, said.uctx_cap, said.dev_uctx_cap, said.ucap},
					4};
	return 0;
}

static int command(const struct transport *transport, const struct mailbox *mailbox)
{
	struct mlx5ctl_cmdrpc arguments = {
		.in = (uintptr_t)mailbox->in,
		.out = (uintptr_t)mailbox->out,
		.inlen = mailbox->in_bytes,
		.outlen = mailbox->out_bytes,
	};
	return ioctl(transport->fd, MLX5CTL_CMDRPC, &arguments) ? -errno : outbox_error(mailbox);
}

static int umem_register(const struct transport *transport, void *address, size_t bytes, uint32_t *id)
{
	struct mlx5ctl_umem_reg arguments = {.addr = (uintptr_t)address, .len = bytes};
	if (ioctl(transport->fd, MLX5CTL_UMEM_REG, &arguments))
		return -errno;
	*id = arguments.umem_id;
	return 0;
}

static int umem_unregister(const struct transport *transport, uint32_t id)
{
	struct mlx5ctl_umem_unreg arguments = {.umem_id = id};
	return ioctl(transport->fd, MLX5CTL_UMEM_UNREG, &arguments) ? -errno : 0;
}

const struct transport_ops mlx5ctl_transport = {
	.name = "mlx5ctl",
	.prefix = "/dev/mlx5ctl-",
	.max_bytes = MLX5CTL_MAX_BYTES,
	.info = info,
	.command = command,
	.umem_register = umem_register,
	.umem_unregister = umem_unregister,
};
