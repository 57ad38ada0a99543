// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
/* Contexts of open descriptors, protection domains, umems and mkeys: who made which, and what was left behind. */
#include "internal.h"

enum { UMEM_AT = 16, UMEM_MTT_AT = 32, MKEY_CONTEXT = 16, MKEY_UMEM_ID_AT = 100, MKEY_BYTES = 272 };

static struct fw_object *fw_find(struct fw_object *table, uint32_t id)
{
	for (unsigned at = 0; id && at < FW_MAX_OBJECTS; at++)
		if (table[at].id == id)
			return &table[at];
	return NULL;
}

static struct fw_object *fw_add(struct fw *fw, struct fw_object *table, uint16_t uid)
{
	for (unsigned at = 0; at < FW_MAX_OBJECTS; at++) {
		if (table[at].id)
			continue;
		memset(&table[at], 0, sizeof(table[at]));
		fw->next_id = (fw->next_id + 1) & 0xffff;
		table[at].id = fw->next_id += !fw->next_id;
		table[at].uid = uid;
		return &table[at];
	}
	return NULL;
}

/* How many of them nobody but the card would have known of: what the driver made, it takes back itself. */
static unsigned fw_drop(struct fw_object *table, uint16_t uid)
{
	unsigned leaked = 0;
	for (unsigned at = 0; at < FW_MAX_OBJECTS; at++) {
		if (!table[at].id || table[at].uid != uid)
			continue;
		table[at].id = 0;
		leaked += !table[at].by_driver;
	}
	return leaked;
}

uint16_t fw_open(struct fw *fw, uint32_t caps)
{
	for (unsigned at = 0; at < FW_MAX_OBJECTS; at++) {
		if (fw->uids[at])
			continue;
		fw->next_uid = (uint16_t)((fw->next_uid + 1) & 0x7fff);
		fw->next_uid = (uint16_t)(fw->next_uid + !fw->next_uid);
		fw->uids[at] = fw->next_uid;
		fw->uid_caps[at] = caps;
		fw->counts.opens++;
		return fw->uids[at];
	}
	return 0;
}

void fw_close(struct fw *fw, uint16_t uid)
{
	for (unsigned at = 0; at < FW_MAX_OBJECTS; at++)
		if (fw->uids[at] == uid)
			fw->uids[at] = 0;
	fw_trace_release(fw, uid);
	fw->counts.leaked_mkeys += fw_drop(fw->mkeys, uid);
	fw->counts.leaked_umems += fw_drop(fw->umems, uid);
	fw->counts.leaked_pds += fw_drop(fw->pds, uid);
	fw->counts.closes++;
}

fw_verdict fw_alloc_pd(struct fw_call *call)
{
	struct fw_object *pd = fw_add(call->fw, call->fw->pds, call->uid);
	if (!pd)
		return FW_REFUSE(FW_NO_RESOURCES, 0x3001);
	put32(call->out + 8, pd->id);
	return FW_OK;
}

static bool fw_pd_used(const struct fw *fw, uint32_t pd)
{
	for (unsigned at = 0; at < FW_MAX_OBJECTS; at++)
		if (fw->mkeys[at].id && fw->mkeys[at].pd == pd)
			return true;
	return false;
}

fw_verdict fw_dealloc_pd(struct fw_call *call)
{
	struct fw_object *pd = fw_find(call->fw->pds, get32(call->in + 8) & 0xffffff);
	if (!pd || pd->uid != call->uid)
		return FW_REFUSE(FW_BAD_RESOURCE, 0x3002);
	if (fw_pd_used(call->fw, pd->id))
		return FW_REFUSE(FW_BAD_RES_STATE, 0x3003);
	pd->id = 0;
	return FW_OK;
}

uint32_t fw_umem_create(struct fw *fw, uint16_t uid, uint64_t bytes)
{
	struct fw_object *umem = fw_add(fw, fw->umems, uid);
	if (!umem)
		return 0;
	umem->bytes = bytes;
	umem->by_driver = 1;
	return umem->id;
}

static fw_verdict fw_remove_umem(struct fw *fw, uint16_t uid, uint32_t id)
{
	struct fw_object *umem = fw_find(fw->umems, id);
	if (!umem || umem->uid != uid)
		return FW_REFUSE(FW_BAD_RESOURCE, 0x3012);
	for (unsigned at = 0; at < FW_MAX_OBJECTS; at++)
		if (fw->mkeys[at].id && fw->mkeys[at].umem == id)
			return FW_REFUSE(FW_BAD_RES_STATE, 0x3013);
	umem->id = 0;
	return FW_OK;
}

int fw_umem_destroy(struct fw *fw, uint16_t uid, uint32_t umem)
{
	return fw_remove_umem(fw, uid, umem) ? -EREMOTEIO : 0;
}

/* Made by a command, its pages are bus addresses that this model cannot reach: it exists, and nothing writes there. */
fw_verdict fw_create_umem(struct fw_call *call)
{
	uint64_t pages;
	struct fw_object *umem;
	if (call->in_length < UMEM_AT + UMEM_MTT_AT)
		return FW_REFUSE(FW_BAD_INPUT_LEN, 0x3010);
	pages = get64(call->in + UMEM_AT + 24);
	if (!pages || pages > (call->in_length - UMEM_AT - UMEM_MTT_AT) / 8)
		return FW_REFUSE(FW_BAD_PARAM, 0x3011);
	umem = fw_add(call->fw, call->fw->umems, call->uid);
	if (!umem)
		return FW_REFUSE(FW_NO_RESOURCES, 0x3014);
	umem->bytes = pages << (12 + bits(get32(call->in + UMEM_AT + 16), 0, 5));
	put32(call->out + 8, umem->id);
	return FW_OK;
}

fw_verdict fw_destroy_umem(struct fw_call *call)
{
	return fw_remove_umem(call->fw, call->uid, get32(call->in + 8) & 0xffffff);
}

/* Only what the tracer needs: MTT access, local read and write, the whole of one umem of the same owner from its
 * start. */
static fw_verdict fw_check_mkey(struct fw_call *call, struct fw_object *umem, struct fw_object *pd)
{
	const uint8_t *context = call->in + MKEY_CONTEXT;
	uint32_t access = get32(context), flags = get32(call->in + 12);
	if (bits(access, 8, 2) != 1 || !bits(access, 10, 1) || !bits(access, 11, 1))
		return FW_REFUSE(FW_BAD_PARAM, 0x3021);
	if ((get32(context + 4) >> 8) != 0xffffff || !bits(flags, 30, 1))
		return FW_REFUSE(FW_BAD_PARAM, 0x3022);
	if (!pd || pd->uid != call->uid)
		return FW_REFUSE(FW_BAD_RESOURCE, 0x3023);
	if (!umem || umem->uid != call->uid)
		return FW_REFUSE(FW_BAD_RESOURCE, 0x3024);
	if (!get64(context + 24) || get64(context + 24) > umem->bytes || get64(context + 16) & 0xfff)
		return FW_REFUSE(FW_BAD_PARAM, 0x3025);
	return FW_OK;
}

fw_verdict fw_create_mkey(struct fw_call *call)
{
	struct fw *fw = call->fw;
	struct fw_object *umem, *pd, *mkey;
	fw_verdict verdict;
	if (call->in_length < MKEY_BYTES)
		return FW_REFUSE(FW_BAD_INPUT_LEN, 0x3020);
	umem = fw_find(fw->umems, get32(call->in + MKEY_UMEM_ID_AT));
	pd = fw_find(fw->pds, get32(call->in + MKEY_CONTEXT + 12) & 0xffffff);
	verdict = fw_check_mkey(call, umem, pd);
	if (verdict)
		return verdict;
	mkey = fw_add(fw, fw->mkeys, call->uid);
	if (!mkey)
		return FW_REFUSE(FW_NO_RESOURCES, 0x3026);
	mkey->umem = umem->id;
	mkey->pd = pd->id;
	mkey->start = get64(call->in + MKEY_CONTEXT + 16);
	mkey->bytes = get64(call->in + MKEY_CONTEXT + 24);
	mkey->variant = call->in[MKEY_CONTEXT + 7];
	put32(call->out + 8, mkey->id);
	return FW_OK;
}

fw_verdict fw_destroy_mkey(struct fw_call *call)
{
	struct fw_object *mkey = fw_find(call->fw->mkeys, get32(call->in + 8) & 0xffffff);
	if (!mkey || mkey->uid != call->uid)
		return FW_REFUSE(FW_BAD_RESOURCE, 0x3030);
	if (call->fw->tracer.running && call->fw->tracer.mkey >> 8 == mkey->id)
		return FW_REFUSE(FW_BAD_RES_STATE, 0x3031);
	mkey->id = 0;
	return FW_OK;
}

/* Finds an mkey by the key that registers carry: the index in the upper 24 bits, the variant of its maker in the
 * lower 8. */
const struct fw_object *fw_mkey_of(const struct fw *fw, uint32_t mkey)
{
	for (unsigned at = 0; mkey >> 8 && at < FW_MAX_OBJECTS; at++)
		if (fw->mkeys[at].id == mkey >> 8 && fw->mkeys[at].variant == (mkey & 0xff))
			return &fw->mkeys[at];
	return NULL;
}
