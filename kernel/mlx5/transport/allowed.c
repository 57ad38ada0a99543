// SPDX-License-Identifier: Apache-2.0
#include "allowed.h"

#include "big_endian.h"

enum { IN_OPCODE = 0, IN_OP_MOD = 6, IN_REGISTER = 10, IN_MKEY_FLAGS = 12, OP_ACCESS_REG = 0x805, OP_CREATE_MKEY = 0x200 };
enum { MTRC_CONF = 0x9041, IN_CONF_MKEY = 24, CONF_BYTES = 28 };
enum { REGISTER_WRITE = 0, REGISTER_READ = 1, MKEY_UMEM_VALID = 0x40 };

/* A(opcode, widest scope): what a command needs and no more. No command of ours needs DEBUG_WRITE_FULL. */
#define ALLOWED_COMMANDS(A)                                                                                            \
	A(0x100, SCOPE_DEBUG_READ_ONLY) /* QUERY_HCA_CAP */                                                            \
	A(0x200, SCOPE_DEBUG_WRITE)	/* CREATE_MKEY, of a umem only */                                              \
	A(0x202, SCOPE_DEBUG_WRITE)	/* DESTROY_MKEY */                                                             \
	A(0x800, SCOPE_DEBUG_WRITE)	/* ALLOC_PD */                                                                 \
	A(0x801, SCOPE_DEBUG_WRITE)	/* DEALLOC_PD */                                                               \
	A(0x805, SCOPE_DEBUG_READ_ONLY) /* ACCESS_REG: the registers below */                                          \
	A(0x819, SCOPE_DEBUG_READ_ONLY) /* QUERY_DIAGNOSTIC_PARAMS */                                                  \
	A(0x820, SCOPE_DEBUG_WRITE)	/* SET_DIAGNOSTIC_PARAMS */                                                    \
	A(0x821, SCOPE_DEBUG_READ_ONLY) /* QUERY_DIAGNOSTIC_COUNTERS */

/* R(register, may be written): the firmware tracer is switched on and off by its registers, the rest is only read. */
#define ALLOWED_REGISTERS(R)                                                                                           \
	R(0x5008, false) /* PPCNT */                                                                                   \
	R(0x9040, true)	 /* MTRC_CAP: its owner */                                                                     \
	R(0x9041, true)	 /* MTRC_CONF */                                                                               \
	R(0x9042, true)	 /* MTRC_STDB: what Linux itself writes to read the strings */                                 \
	R(0x9043, true)	 /* MTRC_CTRL */                                                                               \
	R(0x9051, false) /* MPCNT */                                                                                   \
	R(0x9055, false) /* MTUTC */

#define COMMAND_ROW(number, widest) {number, widest},
#define REGISTER_ROW(number, may_write) {number, may_write},
static const struct {
	uint16_t opcode;
	enum scope widest;
} commands[] = {ALLOWED_COMMANDS(COMMAND_ROW)};
static const struct {
	uint16_t number;
	bool may_write;
} registers[] = {ALLOWED_REGISTERS(REGISTER_ROW)};

/* The device writes where this mkey says, with rights of its own: any other than ours is somebody's memory. */
static bool names_our_memory(const struct mailbox *mailbox, const uint32_t *mkey)
{
	return mkey && mailbox->in_bytes >= CONF_BYTES && get_u32(mailbox->in + IN_CONF_MKEY) == *mkey;
}

static bool register_is_allowed(const struct mailbox *mailbox, const uint32_t *mkey)
{
	const uint8_t *in = mailbox->in;
	uint16_t number = get_u16(in + IN_REGISTER), op_mod = get_u16(in + IN_OP_MOD);
	if (number == MTRC_CONF && op_mod == REGISTER_WRITE && !names_our_memory(mailbox, mkey))
		return false;
	for (size_t i = 0; i < sizeof registers / sizeof *registers; i++)
		if (registers[i].number == number)
			return op_mod == REGISTER_READ || (op_mod == REGISTER_WRITE && registers[i].may_write);
	return false;
}

bool command_is_allowed(const struct mailbox *mailbox, const uint32_t *mkey)
{
	const uint8_t *in = mailbox->in;
	uint16_t opcode = get_u16(in + IN_OPCODE);
	if (opcode == OP_ACCESS_REG && !register_is_allowed(mailbox, mkey))
		return false;
	/* Any other mkey would name memory that the kernel has not pinned for us. */
	if (opcode == OP_CREATE_MKEY && !(in[IN_MKEY_FLAGS] & MKEY_UMEM_VALID))
		return false;
	for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
		if (commands[i].opcode == opcode)
			return mailbox->scope <= commands[i].widest;
	return false;
}
