// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
/* One command from mailbox to mailbox: the driver's rules, injected faults, then the handler of the opcode. */
#include "internal.h"

static fw_verdict fw_nothing(struct fw_call *call)
{
	(void)call;
	return FW_OK;
}

static const struct fw_command_entry {
	uint16_t opcode;
	fw_verdict (*run)(struct fw_call *call);
} entries[] = {
	{FW_NOP, fw_nothing},
	{FW_QUERY_HCA_CAP, fw_query_hca_cap},
	{FW_QUERY_DIAGNOSTIC_PARAMS, fw_query_params},
	{FW_SET_DIAGNOSTIC_PARAMS, fw_set_params},
	{FW_QUERY_DIAGNOSTIC_COUNTERS, fw_query_counters},
	{FW_ACCESS_REG, fw_access_reg},
	{FW_ALLOC_PD, fw_alloc_pd},
	{FW_DEALLOC_PD, fw_dealloc_pd},
	{FW_CREATE_UMEM, fw_create_umem},
	{FW_DESTROY_UMEM, fw_destroy_umem},
	{FW_CREATE_MKEY, fw_create_mkey},
	{FW_DESTROY_MKEY, fw_destroy_mkey},
};

static fw_verdict fw_dispatch(struct fw_call *call)
{
	for (size_t at = 0; at < sizeof(entries) / sizeof(entries[0]); at++)
		if (entries[at].opcode == get16(call->in))
			return entries[at].run(call);
	return FW_REFUSE(FW_BAD_OP, 0x1000);
}

/* Whether the fault meant for this command is due now. */
static bool fw_fails(struct fw_faults *faults, const uint8_t *in, size_t in_length)
{
	uint16_t opcode = get16(in);
	if (!faults->fail_opcode || (faults->fail_opcode != 0xffff && faults->fail_opcode != opcode))
		return false;
	if (faults->fail_register &&
	    (opcode != FW_ACCESS_REG || in_length < 12 || get16(in + 10) != faults->fail_register))
		return false;
	if (faults->fail_skip) {
		faults->fail_skip--;
		return false;
	}
	if (!faults->fail_count)
		return false;
	if (faults->fail_count != 0xffffffff)
		faults->fail_count--;
	return true;
}

static bool fw_unplugged(struct fw *fw)
{
	if (fw->faults.unplug_after && --fw->faults.unplug_after == 0)
		fw->gone = 1;
	if (fw->gone)
		fw->counts.unplugged++;
	return fw->gone;
}

static int fw_answer(struct fw *fw, uint8_t *out, size_t out_length, fw_verdict verdict)
{
	uint32_t status = (uint32_t)(verdict >> 32), syndrome = (uint32_t)verdict;
	fw->counts.last_status = status;
	fw->counts.last_syndrome = syndrome;
	if (!status)
		return 0;
	memset(out, 0, out_length);
	out[0] = (uint8_t)status;
	put32(out + 4, syndrome);
	fw->counts.bad_status++;
	return -EREMOTEIO;
}

int fw_command(struct fw *fw, uint64_t now_ns, uint16_t uid, int scope, const uint8_t *in, size_t in_length,
	       uint8_t *out, size_t out_length)
{
	struct fw_call call = {fw, now_ns, uid, in, in_length, out, out_length};
	if (fw_unplugged(fw))
		return -ENODEV;
	if (in_length < FW_HEADER_BYTES || out_length < FW_HEADER_BYTES)
		return -EMSGSIZE;
	if (scope != FW_MLX5CTL && !fw_allowed(in, scope)) {
		fw->counts.refused_by_driver++;
		return -EBADMSG;
	}
	fw->counts.commands++;
	fw->counts.last_opcode = get16(in);
	memset(out, 0, out_length);
	if (!fw_fails(&fw->faults, in, in_length))
		return fw_answer(fw, out, out_length, fw_dispatch(&call));
	if (fw->faults.fail_errno)
		return -(int)fw->faults.fail_errno;
	return fw_answer(fw, out, out_length, FW_REFUSE(fw->faults.fail_status, fw->faults.fail_syndrome));
}
