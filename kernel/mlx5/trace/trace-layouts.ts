// SPDX-License-Identifier: Apache-2.0
/**
 * Mailboxes of the firmware tracer, and of the memory that it writes into. From include/linux/mlx5/mlx5_ifc.h of Linux (the
 * registers and the mkey) and what the mlx5ctl tools send (an mkey of a umem). Registers stand after the header of transport/headers.ts.
 */
import { bit, bits, type Field, type Layout, u8, u32 } from "../transport/bit-fields.js";

/** The lower 24 bits of the word at a byte offset. */
const u24 = (byte: number): Field => bits(byte, 23, 0);

/** MTRC_CAP. trace_owner: whether whoever asks owns the tracer; written, it takes the tracer or gives it up. */
export const traceCapability = {
	trace_owner: bit(0, 31),
	trace_to_memory: bit(0, 30),
	trc_ver: bits(0, 25, 24),
	num_string_db: bits(0, 3, 0),
	first_string_trace: u8(4),
	num_string_trace: u8(5),
	log_max_trace_buffer_size: u8(11),
} satisfies Layout;
export const TRACE_CAPABILITY_BYTES = 128;
/** One of traceCapability.num_string_db, from `begin` on. */
export const stringSection = { string_db_base_address: u32(0), string_db_size: u24(4) } satisfies Layout;
export const stringSections = { begin: 16, bytes: 8, most: 8 } as const;

/** MTRC_CONF. log_trace_buffer_size: pages of 4 KiB. */
export const traceConfiguration = {
	trace_mode: bits(0, 3, 0),
	log_trace_buffer_size: u8(7),
	trace_mkey: u32(8),
} satisfies Layout;
export const TRACE_CONFIGURATION_BYTES = 128;

/** MTRC_STDB: a piece of a section of the string database, behind 8 bytes. */
export const stringRead = {
	string_db_index: bits(0, 31, 28),
	read_size: u24(0),
	start_offset: u32(4),
} satisfies Layout;
export const stringData = { begin: 8 } as const;

/** MTRC_CTRL. Without modify_field_select nothing but arm_event is taken over. */
export const traceControl = {
	trace_status: bits(0, 31, 30),
	arm_event: bit(0, 27),
	modify_field_select: bits(0, 15, 0),
	current_timestamp52_32: bits(8, 20, 0),
	current_timestamp31_0: u32(12),
} satisfies Layout;
export const TRACE_CONTROL_BYTES = 64;

/** What ALLOC_PD and CREATE_MKEY answer, and DEALLOC_PD and DESTROY_MKEY are told. */
export const objectNumber = { number: u24(8) } satisfies Layout;

/** CREATE_MKEY of a umem: the context (mkc) stands at byte 16. */
export const mkeyCreation = {
	mkey_umem_valid: bit(12, 30),
	lw: bit(16, 11),
	lr: bit(16, 10),
	access_mode_1_0: bits(16, 9, 8),
	qpn: [8 * 20, 24],
	mkey_7_0: u8(23),
	pd: u24(28),
	start_addr_h: u32(32),
	start_addr_l: u32(36),
	len_h: u32(40),
	len_l: u32(44),
	translations_octword_size: u32(68),
	log_page_size: bits(72, 5, 0),
	translations_octword_actual_size: u32(96),
	mkey_umem_id: u32(100),
} satisfies Layout;
export const MKEY_CREATION_BYTES = 272;
