// SPDX-License-Identifier: GPL-2.0
/* Memory of a client, pinned for as long as the card may write there, and accounted as locked memory of its process. */
#include <linux/highmem.h>
#include <linux/mm.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>

#include "fake.h"

static void fake_umem_free(struct fake_umem *umem)
{
	unpin_user_pages_dirty_lock(umem->pages, umem->count, true);
	account_locked_vm(umem->mm, umem->count, false);
	mmdrop(umem->mm);
	kvfree(umem->pages);
	kfree(umem);
}

static int fake_umem_pin(struct fake_umem *umem, u64 address)
{
	long pinned = pin_user_pages_fast(address, umem->count, FOLL_WRITE | FOLL_LONGTERM, umem->pages);

	if (pinned == umem->count)
		return 0;
	if (pinned > 0)
		unpin_user_pages(umem->pages, pinned);
	return pinned < 0 ? pinned : -EFAULT;
}

static struct fake_umem *fake_umem_make(u64 address, u64 bytes)
{
	struct fake_umem *umem = kzalloc(sizeof(*umem), GFP_KERNEL_ACCOUNT);
	int said = -ENOMEM;

	if (!umem)
		return ERR_PTR(said);
	umem->count = DIV_ROUND_UP_ULL(bytes, PAGE_SIZE);
	umem->mm = current->mm;
	umem->pages = kvcalloc(umem->count, sizeof(*umem->pages), GFP_KERNEL_ACCOUNT);
	if (!umem->pages)
		goto no_pages;
	said = account_locked_vm(umem->mm, umem->count, true);
	if (said)
		goto no_pages;
	said = fake_umem_pin(umem, address);
	if (said)
		goto no_pin;
	mmgrab(umem->mm);
	return umem;
no_pin:
	account_locked_vm(umem->mm, umem->count, false);
no_pages:
	kvfree(umem->pages);
	kfree(umem);
	return ERR_PTR(said);
}

int fake_umem_add(u16 uid, u64 address, u64 bytes, struct list_head *of_file, u32 *id)
{
	struct fake_umem *umem = fake_umem_make(address, bytes);

	if (IS_ERR(umem))
		return PTR_ERR(umem);
	mutex_lock(&fake.lock);
	umem->id = fw_umem_create(fake.fw, uid, bytes);
	if (umem->id) {
		list_add_tail(&umem->of_card, &fake.umems);
		list_add_tail(&umem->of_file, of_file);
	}
	*id = umem->id;
	mutex_unlock(&fake.lock);
	if (*id)
		return 0;
	fake_umem_free(umem);
	return -ENOMEM;
}

int fake_umem_remove(u16 uid, struct list_head *of_file, u32 id)
{
	struct fake_umem *umem, *next;
	int said = id ? -EINVAL : 0;

	list_for_each_entry_safe(umem, next, of_file, of_file) {
		if (id && umem->id != id)
			continue;
		mutex_lock(&fake.lock);
		said = id && fw_umem_destroy(fake.fw, uid, id) ? -EINVAL : 0;
		if (!said)
			list_del(&umem->of_card);
		mutex_unlock(&fake.lock);
		if (said)
			continue;
		list_del(&umem->of_file);
		fake_umem_free(umem);
	}
	return said;
}

static void fake_copy(struct page *page, u64 offset, const u8 *bytes, size_t length)
{
	u8 *at = kmap_local_page(page);
	u64 last;

	/* A time stamp lands after the events before it. */
	memcpy(&last, bytes + length - sizeof(last), sizeof(last));
	memcpy(at + offset, bytes, length - sizeof(last));
	smp_store_release((u64 *)(at + offset + length - sizeof(last)), last);
	kunmap_local(at);
}

/* The card's DMA, a block that does not cross a page; under fake.lock. */
bool fake_umem_write(void *context, u32 id, u64 offset, const u8 *bytes, size_t length)
{
	struct fake_umem *umem;

	list_for_each_entry(umem, &fake.umems, of_card) {
		if (umem->id != id || offset + length > (u64)umem->count << PAGE_SHIFT)
			continue;
		fake_copy(umem->pages[offset >> PAGE_SHIFT], offset_in_page(offset), bytes, length);
		return true;
	}
	return false;
}
