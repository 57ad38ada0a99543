// SPDX-License-Identifier: GPL-2.0
/* The simulated card in the kernel: one firmware model under a mutex, and the nodes that lead to it. */
#ifndef COUNTERSINK_FAKE_H
#define COUNTERSINK_FAKE_H

#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/platform_device.h>

#include "../model/fw.h"

struct fake_umem {
	struct list_head of_card, of_file;
	struct page **pages;
	unsigned long count;
	struct mm_struct *mm;
	u32 id;
};

/* The one card. `lock` guards the model and the list of umems. */
struct fake {
	struct mutex lock;
	struct fw *fw;
	struct list_head umems;
	struct platform_device *pci, *aux; /* named as the real ones are: the PCI function and mlx5_core.ctl.0 */
	bool plugged;
};

extern struct fake fake;

/* One command, as the drivers send it: takes as long as the model is asked to. 0 also when the outbox holds a bad
 * status. */
int fake_command(u16 uid, int scope, u8 *in, size_t in_length, u8 *out, size_t out_length);
u16 fake_open(u32 caps);
void fake_close(u16 uid);
/* The card leaves the bus; open descriptors stay and answer ENODEV. From any context that may sleep, later. */
void fake_unplug_soon(void);

int fake_fwctl_add(void);
void fake_fwctl_remove(void);
int fake_ctl_add(void);
void fake_ctl_remove(void);
int fake_umem_add(u16 uid, u64 address, u64 bytes, struct list_head *of_file, u32 *id);
/* Gives back the umem of that id, or all when id is 0; -EINVAL: none, or the card still uses it. */
int fake_umem_remove(u16 uid, struct list_head *of_file, u32 id);
bool fake_umem_write(void *context, u32 umem, u64 offset, const u8 *bytes, size_t length);
int fake_netdev_add(void);
void fake_netdev_remove(void);
void fake_debugfs_add(void);
void fake_debugfs_remove(void);

#endif
