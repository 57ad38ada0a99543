// SPDX-License-Identifier: Apache-2.0
/**
 * Registers of the firmware tracer, as far as only TypeScript knows them (include/linux/mlx5/mlx5_ifc.h of Linux). What
 * C knows, too, is in transport/firmware.h.
 */
import { bits, type Field, type Layout, u32 } from "../transport/bit-fields.js";

/** The lower 24 bits of the word at a byte offset. */
const u24 = (byte: number): Field => bits(byte, 23, 0);

export const TRACE_CAPABILITY_BYTES = 128;
/** MTRC_CAP: one of traceCapability.num_string_db, from byte `start` on. */
export const stringSection = { string_db_base_address: u32(0), string_db_size: u24(4) } satisfies Layout;
export const stringSections = { start: 16, bytes: 8, max: 8 } as const;

export const TRACE_CONFIGURATION_BYTES = 128;
export const TRACE_CONTROL_BYTES = 64;

/** MTRC_STDB: a piece of a section of the string database, from byte `start` on. */
export const stringRead = {
	string_db_index: bits(0, 31, 28),
	read_size: u24(0),
	start_offset: u32(4),
} satisfies Layout;
export const stringData = { start: 8 } as const;

/** CREATE_MKEY with all translations of a umem. */
export const MKEY_CREATION_BYTES = 272;
