// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
/*
 * ACCESS_REG: op_mod u16 at 6 (1 reads), register_id u16 at 10, argument u32 at 12, the register itself from 16 on.
 *
 *   PPCNT  0 swid u8, local_port u8, ... grp bits 5..0 | 4 clr bit 31, prio_tc bits 4..0 | 8 31 words of 64 bits
 *   MPCNT  0 depth u8, pcie_index u8, node u8, grp bits 5..0 | 4 clr bit 31 | 8 62 words of 32 bits
 *   MTUTC  16 seconds | 20 nanoseconds bits 29..0; 28 bytes
 */
#include "internal.h"

enum { PPCNT = 0x5008, MPCNT = 0x9051, MTUTC = 0x9055, MTRC_CAP = 0x9040, MTRC_CONF, MTRC_STDB, MTRC_CTRL };
enum { DATA = 16, COUNTERS_AT = DATA + 8, PPCNT_WORDS = 31, MPCNT_WORDS = 62 };

/*
 * Every word counts microseconds of CLOCK_MONOTONIC times (index + 1), above a tag of its own, so that a reading can be
 * judged from the time it was taken at. In MPCNT group 0 the words 0-1 and 10-11 are one counter of 64 bits each.
 */
uint64_t fw_register_value(uint32_t reg, uint32_t group, uint32_t priority, uint32_t index, uint64_t now_ns)
{
	uint64_t tag = reg == PPCNT ? (uint64_t)group << 16 | priority << 8 | index : (uint64_t)group << 8 | index;
	return (tag << 32) + fw_div(now_ns, 1000) * (index + 1);
}

static bool fw_ppcnt_group(uint32_t group, uint32_t priority)
{
	static const uint8_t groups[] = {0, 1, 2, 3, 5, 6, 0x12, 0x16};
	if (group == 0x10 || group == 0x11 || group == 0x13)
		return priority < 8;
	for (unsigned at = 0; at < sizeof(groups); at++)
		if (groups[at] == group)
			return priority == 0;
	return false;
}

static fw_verdict fw_ppcnt(struct fw_call *call, bool read)
{
	uint32_t first = get32(call->in + DATA), second = get32(call->in + DATA + 4);
	uint32_t group = bits(first, 0, 6), priority = bits(second, 0, 5);
	if (!read || second >> 31)
		return FW_REFUSE(FW_BAD_PARAM, 0x4011); /* the judge allows no clearing */
	if (bits(first, 16, 8) != 1 || !fw_ppcnt_group(group, priority))
		return FW_REFUSE(FW_BAD_PARAM, 0x4012);
	put32(call->out + DATA, first);
	put32(call->out + DATA + 4, second);
	for (unsigned at = 0; at < PPCNT_WORDS; at++)
		put64(call->out + COUNTERS_AT + 8 * at, fw_register_value(PPCNT, group, priority, at, call->now_ns));
	return FW_OK;
}

static bool fw_mpcnt_wide(uint32_t group, unsigned at)
{
	return group == 0 && (at == 0 || at == 10);
}

static fw_verdict fw_mpcnt(struct fw_call *call, bool read)
{
	uint32_t first = get32(call->in + DATA), group = bits(first, 0, 6);
	if (!read || get32(call->in + DATA + 4) >> 31)
		return FW_REFUSE(FW_BAD_PARAM, 0x4021);
	if (first >> 8 || (group != 0 && group != 4))
		return FW_REFUSE(FW_BAD_PARAM, 0x4022);
	put32(call->out + DATA, first);
	for (unsigned at = 0; at < MPCNT_WORDS; at++) {
		uint64_t value = fw_register_value(MPCNT, group, 0, at, call->now_ns);
		if (fw_mpcnt_wide(group, at))
			put64(call->out + COUNTERS_AT + 4 * at++, value);
		else
			put32(call->out + COUNTERS_AT + 4 * at, (uint32_t)value);
	}
	return FW_OK;
}

static fw_verdict fw_mtutc(struct fw_call *call, bool read)
{
	if (!read)
		return FW_REFUSE(FW_BAD_PARAM, 0x4031);
	put32(call->out + DATA + 16, (uint32_t)fw_div(call->now_ns, 1000000000));
	put32(call->out + DATA + 20, (uint32_t)fw_mod(call->now_ns, 1000000000));
	return FW_OK;
}

static const struct fw_register {
	uint16_t id, bytes;
	fw_verdict (*access)(struct fw_call *call, bool read);
} registers[] = {
	{PPCNT, 256, fw_ppcnt},		{MPCNT, 256, fw_mpcnt},		{MTUTC, 28, fw_mtutc},
	{MTRC_CAP, 128, fw_trace_cap},	{MTRC_CONF, 128, fw_trace_conf}, {MTRC_STDB, 8, fw_trace_strings},
	{MTRC_CTRL, 64, fw_trace_ctrl},
};

static const struct fw_register *fw_register_of(uint16_t id)
{
	for (unsigned at = 0; at < sizeof(registers) / sizeof(registers[0]); at++)
		if (registers[at].id == id)
			return &registers[at];
	return NULL;
}

fw_verdict fw_access_reg(struct fw_call *call)
{
	const struct fw_register *found = fw_register_of(get16(call->in + 10));
	uint16_t op = get16(call->in + 6);
	if (!found || op > 1)
		return FW_REFUSE(FW_BAD_PARAM, 0x4001);
	if (call->in_length < DATA + (size_t)found->bytes)
		return FW_REFUSE(FW_BAD_INPUT_LEN, 0x4002);
	if (call->out_length < DATA + (size_t)found->bytes)
		return FW_REFUSE(FW_BAD_OUTPUT_LEN, 0x4003);
	if (op)
		call->fw->counts.register_reads++;
	else
		call->fw->counts.register_writes++;
	return found->access(call, op == 1);
}
