// SPDX-License-Identifier: Apache-2.0
/**
 * Every mailbox that countersink sends or reads. From the published layouts: include/linux/mlx5/mlx5_ifc.h of Linux, the
 * register definitions of mstflint, and what the mlx5ctl tools send.
 */
import { bit, bits, type Layout, u8, u16, u32 } from "./layout.js";

/** Of every inbox. The driver writes the uid. */
export const inHeader = { opcode: u16(0), uid: u16(2), op_mod: u16(6) } satisfies Layout;
/** Of every outbox. */
export const outHeader = { status: u8(0), syndrome: u32(4) } satisfies Layout;

/** QUERY_HCA_CAP: capabilities stand behind a header of 16 bytes. */
export const capability = { begin: 16, bytes: 4096 } as const;
export const generalCapability = {
	debug: [0x183, 1],
	num_of_diagnostic_counters: u16(0x50),
	device_frequency_khz: u32(0x9c),
	uctx_cap: u32(0xd4),
} satisfies Layout;
export const debugCapability = {
	core_dump_general: bit(0, 31),
	core_dump_qp: bit(0, 30),
	log_cr_dump_to_mem_size: bits(0, 27, 23),
	resource_dump: bit(0, 22),
	log_min_resource_dump_eq: bits(0, 20, 16),
	log_max_samples: bits(0, 7, 0),
	single: bit(4, 31),
	repetitive: bit(4, 30),
	health_mon_rx_activity: bit(4, 29),
	diag_counter_tracer_dump: bit(4, 28),
	log_min_sample_period: bits(4, 7, 0),
} satisfies Layout;
/** One of generalCapability.num_of_diagnostic_counters, from `begin` of the debug capabilities on. */
export const capabilityCounter = { sync: bit(0, 31), counter_id: bits(0, 15, 0) } satisfies Layout;
export const capabilityCounters = { begin: 0x40, bytes: 4 } as const;

/** QUERY_ and SET_DIAGNOSTIC_PARAMS: the context, behind the short header of 8 bytes, then the list of counters. */
export const parameters = { begin: 8, list: 32 } as const;
export const parametersContext = {
	num_of_counters: u16(0),
	log_num_of_samples: u8(3),
	single: bit(4, 31),
	repetitive: bit(4, 30),
	sync: bit(4, 29),
	clear: bit(4, 28),
	on_demand: bit(4, 27),
	enable: bit(4, 26),
	tracer_dump: bit(4, 25),
	log_sample_period: u8(7),
} satisfies Layout;
export const parametersCounter = { counter_id: u16(2) } satisfies Layout;
export const PARAMETERS_COUNTER_BYTES = 4;

/** QUERY_DIAGNOSTIC_COUNTERS: 16 bytes in, records behind a header of 16 bytes out. */
export const counterQuery = { num_of_samples: u16(8), sample_index: u16(10) } satisfies Layout;
export const records = { begin: 16 } as const;

/** The 16-byte record: one value of one counter. Both sample_id and time_stamp wrap. */
export const legacyRecord = {
	counter_id: u16(0),
	sample_id: u16(2),
	time_stamp: u32(4),
	counter_value_h: u32(8),
	counter_value_l: u32(12),
} satisfies Layout;

/** ACCESS_REG: the register's own bytes stand behind a header of 16 bytes, in both directions. */
export const registerAccess = { register_id: u16(10), argument: u32(12) } satisfies Layout;
export const registerData = { begin: 16 } as const;

/** PPCNT: counters of a port, by group. The values begin at byte 8. */
export const portCounters = {
	swid: bits(0, 31, 24),
	local_port: bits(0, 23, 16),
	pnat: bits(0, 15, 14),
	grp: bits(0, 5, 0),
	clr: bit(4, 31),
	prio_tc: bits(4, 4, 0),
} satisfies Layout;
/** MPCNT: counters of the PCIe link, by group. The values begin at byte 8. */
export const pcieCounters = {
	depth: bits(0, 29, 24),
	pcie_index: bits(0, 23, 16),
	node: bits(0, 15, 8),
	grp: bits(0, 5, 0),
	clr: bit(4, 31),
} satisfies Layout;
export const counterSet = { begin: 8, bytes: 248 } as const;
