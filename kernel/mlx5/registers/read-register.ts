// SPDX-License-Identifier: Apache-2.0
/** Reads counter registers: PPCNT (port) and MPCNT (PCIe link), by ACCESS_REG. Layouts: register definitions of
 * mstflint. */
import { bit, bits, type Layout } from "../transport/bit-fields.js";
import { firmware } from "../transport/firmware.gen.js";
import { accessRegister, type Command } from "../transport/mailbox.js";
import type { CounterRegister } from "./catalogue.js";

/** PPCNT: counters of a port, by group. */
export const portCounters = {
	swid: bits(0, 31, 24),
	local_port: bits(0, 23, 16),
	pnat: bits(0, 15, 14),
	grp: bits(0, 5, 0),
	clr: bit(4, 31),
	prio_tc: bits(4, 4, 0),
} satisfies Layout;
/** MPCNT: counters of the PCIe link, by group. */
export const pcieCounters = {
	depth: bits(0, 29, 24),
	pcie_index: bits(0, 23, 16),
	node: bits(0, 15, 8),
	grp: bits(0, 5, 0),
	clr: bit(4, 31),
} satisfies Layout;
/** The values of both stand from byte 8 of the register on. */
const counterSet = { start: 8, bytes: 248 } as const;

/** The port that a function has. */
const OWN_PORT = 1;

/** Reads one group of a counter register. */
export function readCounterRegister(register: CounterRegister, group: number, priority = 0): Command {
	const bytes = counterSet.start + counterSet.bytes;
	return register === "PPCNT"
		? accessRegister(register, "read", bytes, portCounters, { local_port: OWN_PORT, grp: group, prio_tc: priority })
		: accessRegister(register, "read", bytes, pcieCounters, { grp: group });
}

/** Bit of an outbox of readCounterRegister() at which a bit of the group's values stands. */
export const counterSetBit = (bitOfGroup: number): number =>
	8 * (firmware.REGISTER_START + counterSet.start) + bitOfGroup;
