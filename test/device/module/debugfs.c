// SPDX-License-Identifier: GPL-2.0
/*
 * /sys/kernel/debug/countersink_fake: `state`, the model's log as text, and `raw`, the model itself for fwdump. Each
 * open takes a picture; both are read-only without mmap, so that they also work under lockdown.
 */
#include <linux/debugfs.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>

#include "fake.h"

enum { MAX_TEXT = 1 << 16 };

struct picture {
	size_t length;
	char bytes[];
};

static struct dentry *folder;

static struct picture *fake_take_text(void)
{
	struct picture *picture = kvzalloc(sizeof(*picture) + MAX_TEXT, GFP_KERNEL);

	if (!picture)
		return NULL;
	mutex_lock(&fake.lock);
	picture->length = fw_dump(fake.fw, ktime_get_ns(), picture->bytes, MAX_TEXT);
	mutex_unlock(&fake.lock);
	return picture;
}

static struct picture *fake_take_raw(void)
{
	struct picture *picture = kvzalloc(sizeof(*picture) + sizeof(struct fw), GFP_KERNEL);

	if (!picture)
		return NULL;
	picture->length = sizeof(struct fw);
	mutex_lock(&fake.lock);
	memcpy(picture->bytes, fake.fw, sizeof(struct fw));
	mutex_unlock(&fake.lock);
	return picture;
}

static int fake_keep(struct file *filp, struct picture *picture)
{
	filp->private_data = picture;
	return picture ? 0 : -ENOMEM;
}

static int fake_open_text(struct inode *inode, struct file *filp)
{
	return fake_keep(filp, fake_take_text());
}

static int fake_open_raw(struct inode *inode, struct file *filp)
{
	return fake_keep(filp, fake_take_raw());
}

static ssize_t fake_read(struct file *filp, char __user *to, size_t room, loff_t *at)
{
	struct picture *picture = filp->private_data;

	return simple_read_from_buffer(to, room, at, picture->bytes, picture->length);
}

static int fake_release(struct inode *inode, struct file *filp)
{
	kvfree(filp->private_data);
	return 0;
}

static const struct file_operations text_fops = {
	.owner = THIS_MODULE,
	.open = fake_open_text,
	.read = fake_read,
	.release = fake_release,
};
static const struct file_operations raw_fops = {
	.owner = THIS_MODULE,
	.open = fake_open_raw,
	.read = fake_read,
	.release = fake_release,
};

void fake_debugfs_add(void)
{
	folder = debugfs_create_dir("countersink_fake", NULL);
	debugfs_create_file("state", 0400, folder, NULL, &text_fops);
	debugfs_create_file("raw", 0400, folder, NULL, &raw_fops);
}

void fake_debugfs_remove(void)
{
	debugfs_remove_recursive(folder);
}
