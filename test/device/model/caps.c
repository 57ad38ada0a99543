// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
/* QUERY_HCA_CAP: what the card says that it can do, and the catalogue of its counters. */
#include "internal.h"

const struct fw_counter fw_counters[] = {
	{0x0401, true}, {0x0402, true}, {0x0403, true},	 {0x0406, true}, {0x0409, true}, {0x040a, true},
	{0x040b, true}, {0x0801, true}, {0x0802, true},	 {0x0803, true}, {0x0804, true}, {0x1001, true},
	{0x1401, false}, {0x1c02, false}, {0x2001, true}, {0x2006, true}, {0x2c02, true}, {0x2c03, true},
	{0x2c04, true}, {0x7f01, false},
};
const unsigned fw_counter_count = sizeof(fw_counters) / sizeof(fw_counters[0]);

enum { CAP_GENERAL = 0, CAP_DEBUG = 13, CAP_BYTES = 4096, CAP_AT = 16 };

const struct fw_counter *fw_counter(uint32_t id)
{
	for (unsigned at = 0; at < fw_counter_count; at++)
		if (fw_counters[at].id == id)
			return &fw_counters[at];
	return NULL;
}

uint32_t fw_uctx_cap(const struct fw *fw)
{
	return fw->config.no_tools ? 0x3 : 0x3 | FW_TOOLS_RESOURCES;
}

static void fw_general_caps(const struct fw *fw, uint8_t *cap)
{
	cap[0x183 / 8] |= (uint8_t)(0x80 >> 0x183 % 8); /* debug: bit 0x183 from the front */
	put16(cap + 0x50, fw_counter_count);
	put32(cap + 0x9c, fw->config.frequency_khz);
	put32(cap + 0xd4, fw_uctx_cap(fw));
}

static void fw_debug_caps(const struct fw *fw, uint8_t *cap)
{
	const struct fw_config *config = &fw->config;
	uint32_t modes = (uint32_t)!config->no_single << 31 | (uint32_t)!config->no_repetitive << 30 |
			 (uint32_t)!config->no_tracer << 28;
	put32(cap, 1u << 31 | config->log_max_samples);
	put32(cap + 4, modes | config->log_min_period);
	for (unsigned at = 0; at < fw_counter_count; at++)
		put32(cap + 0x40 + 4 * at, (uint32_t)fw_counters[at].sync << 31 | fw_counters[at].id);
}

fw_verdict fw_query_hca_cap(struct fw_call *call)
{
	uint32_t type = get16(call->in + 6) >> 1;
	if (call->out_length < CAP_AT + CAP_BYTES)
		return FW_REFUSE(FW_BAD_OUTPUT_LEN, 0x1101);
	if (type == CAP_GENERAL)
		fw_general_caps(call->fw, call->out + CAP_AT);
	else if (type == CAP_DEBUG)
		fw_debug_caps(call->fw, call->out + CAP_AT);
	else
		return FW_REFUSE(FW_BAD_PARAM, 0x1102);
	return FW_OK;
}
