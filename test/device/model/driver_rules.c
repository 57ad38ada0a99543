// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
/* The list of commands that the upstream fwctl driver of mlx5 lets through, by scope. */
#include "internal.h"

static const uint16_t any_scope[] = {
	0x100, /* QUERY_HCA_CAP */
	0x101, /* QUERY_ADAPTER */
	0x109, /* SET_HCA_CAP */
	0x10e, /* QUERY_OTHER_HCA_CAP */
	0x740, /* QUERY_ESW_FUNCTIONS */
	0x762, /* QUERY_HCA_VPORT_CONTEXT */
	0x760, /* QUERY_ROCE_ADDRESS */
	0x823, /* MODIFY_CONG_STATUS */
	0xb22, /* QUERY_VUID */
	0xb2e, /* POSTPONE_CONNECTED_QP_TIMEOUT */
	0x731, /* DELEGATE_VHCA_MANAGEMENT */
};

static const uint16_t debug_read[] = {
	0x80d, /* NOP */
	0x10c, /* QUERY_DRIVER_VERSION */
	0x819, /* QUERY_DIAGNOSTIC_PARAMS */
	0x821, /* QUERY_DIAGNOSTIC_COUNTERS */
	0x773, /* QUERY_Q_COUNTER */
	0x76f, /* QUERY_VNIC_ENV */
	0x770, /* QUERY_VPORT_COUNTER */
	0xa05, /* QUERY_UCTX */
	0xa09, /* QUERY_UMEM */
	0xa02, /* QUERY_GENERAL_OBJECT */
	0x201, /* QUERY_MKEY */
};

static bool fw_listed(const uint16_t *list, size_t length, uint16_t opcode)
{
	for (size_t at = 0; at < length; at++)
		if (list[at] == opcode)
			return true;
	return false;
}

bool fw_allowed(const uint8_t *in, int scope)
{
	uint16_t opcode = get16(in);
	if (opcode == FW_ACCESS_REG || opcode == 0xb0c) /* a write (op_mod 0) passes at every scope, a read does not */
		return get16(in + 6) == 0 || scope >= FW_DEBUG_READ_ONLY;
	if (fw_listed(any_scope, sizeof(any_scope) / sizeof(any_scope[0]), opcode))
		return true;
	if (fw_listed(debug_read, sizeof(debug_read) / sizeof(debug_read[0]), opcode))
		return scope >= FW_DEBUG_READ_ONLY;
	return opcode == FW_SET_DIAGNOSTIC_PARAMS && scope >= FW_DEBUG_WRITE;
}
