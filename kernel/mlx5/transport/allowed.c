// SPDX-License-Identifier: Apache-2.0
#include "allowed.h"

#include <stddef.h>

#include "big_endian.h"

enum { CONF_MKEY = REGISTER_START + trace_configuration_trace_mkey, CONF_MIN_BYTES = CONF_MKEY + 4 };

#define COMMAND_ROW(name, number, widest) {number, widest},
#define REGISTER_ROW(name, number, may_write) {number, may_write},
static const struct {
	uint16_t opcode;
	enum scope widest;
} commands[] = {OPCODES(COMMAND_ROW)};
static const struct {
	uint16_t number;
	bool may_write;
} registers[] = {REGISTERS(REGISTER_ROW)};

/* The device writes to the memory of this mkey with rights of its own. Any other mkey than ours is memory of someone
 * else. */
static bool names_our_memory(const struct mailbox *mailbox, const uint32_t *mkey)
{
	return mkey && mailbox->in_bytes >= CONF_MIN_BYTES && get_u32(mailbox->in + CONF_MKEY) == *mkey;
}

static bool register_is_allowed(const struct mailbox *mailbox, const uint32_t *mkey)
{
	const uint8_t *in = mailbox->in;
	uint16_t number = get_u16(in + register_access_register_id), op_mod = get_u16(in + in_header_op_mod);
	if (number == REGISTER_MTRC_CONF && op_mod == REGISTER_WRITE && !names_our_memory(mailbox, mkey))
		return false;
	for (size_t i = 0; i < sizeof registers / sizeof *registers; i++)
		if (registers[i].number == number)
			return op_mod == REGISTER_READ || (op_mod == REGISTER_WRITE && registers[i].may_write);
	return false;
}

/* An mkey of anything but a umem would name memory that the kernel has not pinned for us. */
static bool creates_mkey_of_umem(const struct mailbox *mailbox)
{
	return mailbox->in[mkey_creation_mkey_umem_valid] & mkey_creation_mkey_umem_valid_MASK;
}

bool command_is_allowed(const struct mailbox *mailbox, const uint32_t *mkey)
{
	uint16_t opcode = get_u16(mailbox->in + in_header_opcode);
	if (opcode == OP_ACCESS_REG && !register_is_allowed(mailbox, mkey))
		return false;
	if (opcode == OP_CREATE_MKEY && !creates_mkey_of_umem(mailbox))
		return false;
	for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
		if (commands[i].opcode == opcode)
			return mailbox->scope <= commands[i].widest;
	return false;
}
