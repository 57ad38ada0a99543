// SPDX-License-Identifier: Apache-2.0
/** What all mailboxes begin with (include/linux/mlx5/mlx5_ifc.h of Linux). */
import { type Layout, u8, u16, u32 } from "./bit-fields.js";

/** Of every inbox. The driver writes the uid. */
export const inHeader = { opcode: u16(0), uid: u16(2), op_mod: u16(6) } satisfies Layout;
/** Of every outbox. */
export const outHeader = { status: u8(0), syndrome: u32(4) } satisfies Layout;

/** ACCESS_REG: the register's own bytes stand after a header of 16 bytes, in both directions. */
export const registerAccess = { register_id: u16(10), argument: u32(12) } satisfies Layout;
export const registerData = { begin: 16 } as const;
