// SPDX-License-Identifier: GPL-2.0
/*
 * The out-of-tree mlx5ctl driver as its clients see it, fourth version: a misc device with four ioctls, each for
 * CAP_SYS_ADMIN only, no list of commands, and memory of the client pinned for the card to write.
 */
#include <linux/capability.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "fake.h"

struct ctl_info {
	u16 uctx_uid, reserved;
	u32 uctx_cap, dev_uctx_cap, ucap;
};
struct ctl_cmdrpc {
	u64 in, out;
	u32 inlen, outlen;
};
struct ctl_umem_reg {
	u64 addr, len;
	u32 umem_id, reserved;
};
struct ctl_umem_unreg {
	u32 umem_id, reserved;
};

#define CTL_INFO _IOR(0x5c, 0, struct ctl_info)
#define CTL_CMDRPC _IOWR(0x5c, 1, struct ctl_cmdrpc)
#define CTL_UMEM_REG _IOWR(0x5c, 2, struct ctl_umem_reg)
#define CTL_UMEM_UNREG _IOWR(0x5c, 3, struct ctl_umem_unreg)
enum { MIN_RPC = 16, MAX_RPC = 512 * 512, MAX_UMEM = 64 << 20 };

struct ctl_file {
	struct mutex lock;
	struct list_head umems;
	u32 caps, ucap;
	u16 uid;
};

static void ctl_caps(struct ctl_file *file)
{
	file->caps = (capable(CAP_NET_RAW) ? 1 : 0) | (capable(CAP_SYS_RAWIO) ? 2 : 0) |
		     (capable(CAP_SYS_ADMIN) ? 4 : 0);
	file->caps &= fw_uctx_cap(fake.fw);
	/* The original driver adds up the numbers of the capabilities, not bits. */
	file->ucap = (capable(CAP_NET_RAW) ? CAP_NET_RAW : 0) | (capable(CAP_SYS_RAWIO) ? CAP_SYS_RAWIO : 0) |
		     (capable(CAP_SYS_ADMIN) ? CAP_SYS_ADMIN : 0);
}

static int ctl_open(struct inode *inode, struct file *filp)
{
	struct ctl_file *file = kzalloc(sizeof(*file), GFP_KERNEL_ACCOUNT);

	if (!file)
		return -ENOMEM;
	mutex_init(&file->lock);
	INIT_LIST_HEAD(&file->umems);
	ctl_caps(file);
	file->uid = fake_open(file->caps);
	if (!file->uid) {
		kfree(file);
		return READ_ONCE(fake.fw->gone) ? -ENODEV : -EBUSY;
	}
	filp->private_data = file;
	return 0;
}

static int ctl_release(struct inode *inode, struct file *filp)
{
	struct ctl_file *file = filp->private_data;

	fake_close(file->uid);
	fake_umem_remove(file->uid, &file->umems, 0);
	kfree(file);
	return 0;
}

static int ctl_cmdrpc(struct ctl_file *file, const struct ctl_cmdrpc *asked)
{
	u8 *in, *out = NULL;
	int said;

	if (asked->inlen < MIN_RPC || asked->inlen > MAX_RPC || asked->outlen < MIN_RPC || asked->outlen > MAX_RPC)
		return -EINVAL;
	in = vmemdup_user(u64_to_user_ptr(asked->in), asked->inlen);
	if (IS_ERR(in))
		return PTR_ERR(in);
	out = kvzalloc(asked->outlen, GFP_KERNEL_ACCOUNT);
	said = out ? fake_command(file->uid, FW_MLX5CTL, in, asked->inlen, out, asked->outlen) : -ENOMEM;
	if (!said && copy_to_user(u64_to_user_ptr(asked->out), out, asked->outlen))
		said = -EFAULT;
	kvfree(in);
	kvfree(out);
	return said;
}

static int ctl_umem_reg(struct ctl_file *file, struct ctl_umem_reg *asked)
{
	u64 end;

	if (asked->reserved || !asked->len || asked->len > MAX_UMEM || !PAGE_ALIGNED(asked->addr) ||
	    check_add_overflow(asked->addr, asked->len, &end))
		return -EINVAL;
	return fake_umem_add(file->uid, asked->addr, asked->len, &file->umems, &asked->umem_id);
}

static int ctl_run(struct ctl_file *file, unsigned int request, void *asked)
{
	struct ctl_info *info = asked;
	struct ctl_umem_unreg *unreg = asked;

	switch (request) {
	case CTL_INFO:
		*info = (struct ctl_info){file->uid, 0, file->caps, fw_uctx_cap(fake.fw), file->ucap};
		return 0;
	case CTL_CMDRPC:
		return ctl_cmdrpc(file, asked);
	case CTL_UMEM_REG:
		return ctl_umem_reg(file, asked);
	case CTL_UMEM_UNREG:
		if (unreg->reserved || !unreg->umem_id)
			return -EINVAL;
		return fake_umem_remove(file->uid, &file->umems, unreg->umem_id);
	}
	return -ENOTTY;
}

static long ctl_ioctl(struct file *filp, unsigned int request, unsigned long argument)
{
	struct ctl_file *file = filp->private_data;
	u64 asked[3] = {};
	int said;

	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	if (READ_ONCE(fake.fw->gone))
		return -ENODEV;
	if (request != CTL_INFO && request != CTL_CMDRPC && request != CTL_UMEM_REG && request != CTL_UMEM_UNREG)
		return -ENOTTY;
	if (_IOC_DIR(request) & _IOC_WRITE && copy_from_user(asked, (void __user *)argument, _IOC_SIZE(request)))
		return -EFAULT;
	mutex_lock(&file->lock);
	said = ctl_run(file, request, asked);
	mutex_unlock(&file->lock);
	if (!said && copy_to_user((void __user *)argument, asked, _IOC_SIZE(request)))
		said = -EFAULT;
	return said;
}

static const struct file_operations ctl_fops = {
	.owner = THIS_MODULE,
	.open = ctl_open,
	.release = ctl_release,
	.unlocked_ioctl = ctl_ioctl,
};

static struct miscdevice ctl = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "mlx5ctl-mlx5_core.ctl.0",
	.fops = &ctl_fops,
};

int fake_ctl_add(void)
{
	ctl.parent = &fake.aux->dev;
	return misc_register(&ctl);
}

void fake_ctl_remove(void)
{
	misc_deregister(&ctl);
}
