// SPDX-License-Identifier: Apache-2.0
/*
 * What C and TypeScript both know of the firmware: numbers of commands and registers, names of statuses, places in
 * mailboxes. kernel/mlx5/tables_print.c prints transport/firmware.gen.ts from these tables; a test compares. Places
 * that only TypeScript needs stand beside the TypeScript that needs them.
 *
 * Sources: include/linux/mlx5/mlx5_ifc.h and include/linux/mlx5/device.h of Linux, include/uapi/fwctl/fwctl.h, the
 * register definitions of mstflint, and what the mlx5ctl tools send.
 *
 * A field is its first bit and its number of bits. Bit 0 is the highest bit of byte 0, and numbers are big-endian: that
 * is how the documents draw them.
 */
#ifndef COUNTERSINK_FIRMWARE_H
#define COUNTERSINK_FIRMWARE_H

#include <errno.h>

/* S(name in C, name in TypeScript, number): what fwctl lets a command do. mlx5ctl has no scopes. */
#define SCOPES(S)                                                                                                      \
	S(SCOPE_CONFIGURATION, configuration, 0)                                                                       \
	S(SCOPE_DEBUG_READ_ONLY, debugReadOnly, 1)                                                                     \
	S(SCOPE_DEBUG_WRITE, debugWrite, 2)                                                                            \
	S(SCOPE_DEBUG_WRITE_FULL, debugWriteFull, 3)

/* O(name, opcode, scope): every command that the sampler executes, with the widest scope that it may have, which is
 * the narrowest that fwctl accepts. None needs DEBUG_WRITE_FULL. */
#define OPCODES(O)                                                                                                     \
	O(QUERY_HCA_CAP, 0x100, SCOPE_DEBUG_READ_ONLY)                                                                 \
	O(CREATE_MKEY, 0x200, SCOPE_DEBUG_WRITE)                                                                       \
	O(DESTROY_MKEY, 0x202, SCOPE_DEBUG_WRITE)                                                                      \
	O(ALLOC_PD, 0x800, SCOPE_DEBUG_WRITE)                                                                          \
	O(DEALLOC_PD, 0x801, SCOPE_DEBUG_WRITE)                                                                        \
	O(ACCESS_REG, 0x805, SCOPE_DEBUG_READ_ONLY)                                                                    \
	O(QUERY_DIAGNOSTIC_PARAMS, 0x819, SCOPE_DEBUG_READ_ONLY)                                                       \
	O(SET_DIAGNOSTIC_PARAMS, 0x820, SCOPE_DEBUG_WRITE)                                                             \
	O(QUERY_DIAGNOSTIC_COUNTERS, 0x821, SCOPE_DEBUG_READ_ONLY)

/* R(name, number, may be written): every register that ACCESS_REG may name. The firmware tracer is controlled by
 * writes to its registers; Linux itself writes MTRC_STDB to read the format strings. */
#define REGISTERS(R)                                                                                                   \
	R(PPCNT, 0x5008, false)                                                                                        \
	R(MTRC_CAP, 0x9040, true)                                                                                      \
	R(MTRC_CONF, 0x9041, true)                                                                                     \
	R(MTRC_STDB, 0x9042, true)                                                                                     \
	R(MTRC_CTRL, 0x9043, true)                                                                                     \
	R(MPCNT, 0x9051, false)                                                                                        \
	R(MTUTC, 0x9055, false)

/* S(number, name, meaning): statuses of a command. */
#define STATUSES(S)                                                                                                    \
	S(0x00, OK, "done")                                                                                            \
	S(0x01, INTERNAL_ERR, "the firmware failed")                                                                   \
	S(0x02, BAD_OP, "this firmware has no such command")                                                           \
	S(0x03, BAD_PARAM, "a parameter is not supported")                                                             \
	S(0x04, BAD_SYS_STATE, "not possible in the present state of the system")                                      \
	S(0x05, BAD_RESOURCE, "no such resource, or not ours")                                                         \
	S(0x06, RESOURCE_BUSY, "someone else uses the resource")                                                       \
	S(0x08, EXCEED_LIM, "beyond a limit of the device")                                                            \
	S(0x09, BAD_RES_STATE, "not possible in the present state of the resource")                                    \
	S(0x0a, BAD_INDEX, "an index is out of range")                                                                 \
	S(0x0f, NO_RESOURCES, "the device has none left")                                                              \
	S(0x10, BAD_QP_STATE, "not possible in the present state of the queue pair")                                   \
	S(0x30, BAD_PKT, "a malformed management packet")                                                              \
	S(0x40, BAD_SIZE_OUTS_CQES, "more completions are outstanding than fit")                                       \
	S(0x50, BAD_INPUT_LEN, "the inbox has the wrong length")                                                       \
	S(0x51, BAD_OUTPUT_LEN, "the outbox is too small for the answer")

/* C(name, value): sizes and offsets in bytes, unless the name says otherwise. */
#define FIRMWARE_CONSTANTS(C)                                                                                          \
	/* Every inbox and every outbox has at least this. */                                                          \
	C(MAILBOX_MIN, 16)                                                                                             \
	/* MAX_RPC_LEN of drivers/fwctl/main.c, and MLX5CTL_MAX_RPC_SIZE of include/uapi/misc/mlx5ctl.h. */            \
	C(FWCTL_MAX_BYTES, 2097152)                                                                                    \
	C(MLX5CTL_MAX_BYTES, 262144)                                                                                   \
	/* EMEDIUMTYPE: the fwctl device is not an mlx5. */                                                            \
	C(ERRNO_OTHER_MAKER, 124)                                                                                      \
	/* op_mod of ACCESS_REG, and where a register's own bytes start. */                                            \
	C(REGISTER_WRITE, 0)                                                                                           \
	C(REGISTER_READ, 1)                                                                                            \
	C(REGISTER_START, 16)                                                                                          \
	/* parameters_context and the list of parameters_counter; SET_ and QUERY_ have the same bytes there. */ \
	C(PARAMETERS_START, 8)                                                                                         \
	C(PARAMETERS_LIST, 32)                                                                                         \
	C(PARAMETERS_COUNTER_BYTES, 4)                                                                                 \
	/* Counters that an answer has room for; cards say 18 to 175. */                                               \
	C(PARAMETERS_MAX_COUNTERS, 1024)                                                                               \
	/* Records in the answer to QUERY_DIAGNOSTIC_COUNTERS. */                                                      \
	C(RECORDS_START, 16)                                                                                           \
	C(RECORD_BYTES, 16)                                                                                            \
	C(TRACE_PAGE_BYTES, 4096)                                                                                      \
	/* trace_control.trace_status while the tracer writes. */                                                      \
	C(TRACE_IS_ON, 1)

/* Places of a field: whole bytes, the lower 24 bits of a word, or bits HIGH to LOW of the 32-bit word at a byte
 * offset, numbered as documents of registers do (31 is the highest). */
#define U8(byte) 8 * (byte), 8
#define U16(byte) 8 * (byte), 16
#define U24(byte) 8 * (byte) + 8, 24
#define U32(byte) 8 * (byte), 32
#define BITS(byte, high, low) 8 * (byte) + 31 - (high), (high) - (low) + 1
#define BIT(byte, number) BITS(byte, number, number)

/* F(structure, field, place). What uses each structure:
 *
 *   in_header, out_header          every mailbox; the driver writes uid
 *   register_access                ACCESS_REG; the register's own bytes follow at REGISTER_START
 *   parameters_context, _counter   QUERY_ and SET_DIAGNOSTIC_PARAMS
 *   counter_query                  QUERY_DIAGNOSTIC_COUNTERS, inbox
 *   sample_record                  its outbox: one value of one counter; sample_id and time_stamp wrap
 *   object_number                  ALLOC_PD and CREATE_MKEY, outbox; DEALLOC_PD and DESTROY_MKEY, inbox
 *   mkey_creation                  CREATE_MKEY of a umem; the context (mkc) starts at byte 16
 *   trace_capability               MTRC_CAP; writing trace_owner takes the tracer or gives it back
 *   trace_configuration            MTRC_CONF; log_trace_buffer_size is in pages
 *   trace_control                  MTRC_CTRL; modify_field_select: fields that a write changes, besides arm_event
 */
#define FIRMWARE_FIELDS(F)                                                                                             \
	F(in_header, opcode, U16(0))                                                                                   \
	F(in_header, uid, U16(2))                                                                                      \
	F(in_header, op_mod, U16(6))                                                                                   \
	F(out_header, status, U8(0))                                                                                   \
	F(out_header, syndrome, U32(4))                                                                                \
	F(register_access, register_id, U16(10))                                                                       \
	F(register_access, argument, U32(12))                                                                          \
	F(parameters_context, num_of_counters, U16(0))                                                                 \
	F(parameters_context, log_num_of_samples, U8(3))                                                               \
	F(parameters_context, single, BIT(4, 31))                                                                      \
	F(parameters_context, repetitive, BIT(4, 30))                                                                  \
	F(parameters_context, sync, BIT(4, 29))                                                                        \
	F(parameters_context, clear, BIT(4, 28))                                                                       \
	F(parameters_context, on_demand, BIT(4, 27))                                                                   \
	F(parameters_context, enable, BIT(4, 26))                                                                      \
	F(parameters_context, tracer_dump, BIT(4, 25))                                                                 \
	F(parameters_context, log_sample_period, U8(7))                                                                \
	F(parameters_counter, counter_id, U16(2))                                                                      \
	F(counter_query, num_of_samples, U16(8))                                                                       \
	F(counter_query, sample_index, U16(10))                                                                        \
	F(sample_record, counter_id, U16(0))                                                                           \
	F(sample_record, sample_id, U16(2))                                                                            \
	F(sample_record, time_stamp, U32(4))                                                                           \
	F(sample_record, value_h, U32(8))                                                                              \
	F(sample_record, value_l, U32(12))                                                                             \
	F(object_number, number, U24(8))                                                                               \
	F(mkey_creation, mkey_umem_valid, BIT(12, 30))                                                                 \
	F(mkey_creation, lw, BIT(16, 11))                                                                              \
	F(mkey_creation, lr, BIT(16, 10))                                                                              \
	F(mkey_creation, access_mode_1_0, BITS(16, 9, 8))                                                              \
	F(mkey_creation, qpn, BITS(20, 31, 8))                                                                         \
	F(mkey_creation, mkey_7_0, U8(23))                                                                             \
	F(mkey_creation, pd, U24(28))                                                                                  \
	F(mkey_creation, start_addr_h, U32(32))                                                                        \
	F(mkey_creation, start_addr_l, U32(36))                                                                        \
	F(mkey_creation, len_h, U32(40))                                                                               \
	F(mkey_creation, len_l, U32(44))                                                                               \
	F(mkey_creation, translations_octword_size, U32(68))                                                           \
	F(mkey_creation, log_page_size, BITS(72, 5, 0))                                                                \
	F(mkey_creation, translations_octword_actual_size, U32(96))                                                    \
	F(mkey_creation, mkey_umem_id, U32(100))                                                                       \
	F(trace_capability, trace_owner, BIT(0, 31))                                                                   \
	F(trace_capability, trace_to_memory, BIT(0, 30))                                                               \
	F(trace_capability, trc_ver, BITS(0, 25, 24))                                                                  \
	F(trace_capability, num_string_db, BITS(0, 3, 0))                                                              \
	F(trace_capability, first_string_trace, U8(4))                                                                 \
	F(trace_capability, num_string_trace, U8(5))                                                                   \
	F(trace_capability, log_max_trace_buffer_size, U8(11))                                                         \
	F(trace_configuration, trace_mode, BITS(0, 3, 0))                                                              \
	F(trace_configuration, log_trace_buffer_size, U8(7))                                                           \
	F(trace_configuration, trace_mkey, U32(8))                                                                     \
	F(trace_control, trace_status, BITS(0, 31, 30))                                                                \
	F(trace_control, arm_event, BIT(0, 27))                                                                        \
	F(trace_control, modify_field_select, BITS(0, 15, 0))                                                          \
	F(trace_control, current_timestamp52_32, BITS(8, 20, 0))                                                       \
	F(trace_control, current_timestamp31_0, U32(12))

/* In C a field is the offset of its first byte, as in parameters_context_enable; one that is smaller than a byte has
 * also a mask in that byte: parameters_context_enable_MASK. */
#define FIELD_MASK(bit, bits) ((bits) < 8 ? ((1 << (bits)) - 1) << (8 - (bit) % 8 - (bits)) & 0xff : 0xff)
#define FIELD_PLACE(structure, field, bit, bits)                                                                       \
	structure##_##field = (bit) / 8, structure##_##field##_MASK = FIELD_MASK(bit, bits),
#define FIELD_ENUM(structure, field, ...) FIELD_PLACE_OF(structure, field, __VA_ARGS__)
#define FIELD_PLACE_OF(structure, field, ...) FIELD_PLACE(structure, field, __VA_ARGS__)
#define SCOPE_ENUM(name, text, number) name = (number),
#define OPCODE_ENUM(name, number, scope) OP_##name = (number),
#define REGISTER_ENUM(name, number, may_write) REGISTER_##name = (number),
#define CONSTANT_ENUM(name, value) name = (value),
enum scope { SCOPES(SCOPE_ENUM) };
enum { OPCODES(OPCODE_ENUM) REGISTERS(REGISTER_ENUM) FIRMWARE_CONSTANTS(CONSTANT_ENUM) FIRMWARE_FIELDS(FIELD_ENUM) };

_Static_assert(ERRNO_OTHER_MAKER == EMEDIUMTYPE, "the number of this errno");

#endif
