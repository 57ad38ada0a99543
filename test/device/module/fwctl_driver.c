// SPDX-License-Identifier: GPL-2.0
/* The card as a device of the kernel's own fwctl core, with the rules of its mlx5 driver. */
#include <linux/fwctl.h>
#include <linux/slab.h>
#include <uapi/fwctl/mlx5.h>

#include "fake.h"

struct fake_fwctl {
	struct fwctl_device fwctl;
};

struct fake_uctx {
	struct fwctl_uctx uctx;
	u32 caps;
	u16 uid;
};

static struct fake_fwctl *device;

static struct fake_uctx *own(struct fwctl_uctx *uctx)
{
	return container_of(uctx, struct fake_uctx, uctx);
}

static int fake_open_uctx(struct fwctl_uctx *uctx)
{
	own(uctx)->caps = FW_TOOLS_RESOURCES & fw_uctx_cap(fake.fw);
	own(uctx)->uid = fake_open(own(uctx)->caps);
	return own(uctx)->uid ? 0 : -EBUSY;
}

static void fake_close_uctx(struct fwctl_uctx *uctx)
{
	fake_close(own(uctx)->uid);
}

static void *fake_info(struct fwctl_uctx *uctx, size_t *length)
{
	struct fwctl_info_mlx5 *info = kzalloc(sizeof(*info), GFP_KERNEL);

	if (!info)
		return ERR_PTR(-ENOMEM);
	info->uid = own(uctx)->uid;
	info->uctx_caps = own(uctx)->caps;
	*length = sizeof(*info);
	return info;
}

static void *fake_rpc(struct fwctl_uctx *uctx, enum fwctl_rpc_scope scope, void *in, size_t in_length,
		      size_t *out_length)
{
	u8 *out = kvzalloc(*out_length, GFP_KERNEL);
	int said;

	if (!out)
		return ERR_PTR(-ENOMEM);
	if (scope >= FWCTL_RPC_DEBUG_WRITE)
		fake.fw->tainted = 1;
	said = fake_command(own(uctx)->uid, scope, in, in_length, out, *out_length);
	if (!said)
		return out;
	kvfree(out);
	return ERR_PTR(said);
}

static const struct fwctl_ops fake_ops = {
	.device_type = FWCTL_DEVICE_TYPE_MLX5,
	.uctx_size = sizeof(struct fake_uctx),
	.open_uctx = fake_open_uctx,
	.close_uctx = fake_close_uctx,
	.info = fake_info,
	.fw_rpc = fake_rpc,
};

int fake_fwctl_add(void)
{
	int said;

	device = fwctl_alloc_device(&fake.pci->dev, &fake_ops, struct fake_fwctl, fwctl);
	if (!device)
		return -ENOMEM;
	said = fwctl_register(&device->fwctl);
	if (said)
		fwctl_put(&device->fwctl);
	return said;
}

void fake_fwctl_remove(void)
{
	fwctl_unregister(&device->fwctl);
	fwctl_put(&device->fwctl);
}
