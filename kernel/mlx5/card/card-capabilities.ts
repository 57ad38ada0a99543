// SPDX-License-Identifier: Apache-2.0
/** What a card can do: QUERY_HCA_CAP (include/linux/mlx5/mlx5_ifc.h of Linux, and what the mlx5ctl tools send). */
import { bit, bits, decode, type Layout, u16, u32 } from "../transport/bit-fields.js";
import { type Command, command } from "../transport/mailbox.js";

/** Capabilities stand after a header of 16 bytes. */
export const capability = { start: 16, bytes: 4096 } as const;
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
/** One of generalCapability.num_of_diagnostic_counters, from byte `start` of the debug capabilities on. */
export const capabilityCounter = { sync: bit(0, 31), counter_id: bits(0, 15, 0) } satisfies Layout;
export const capabilityCounters = { start: 0x40, bytes: 4 } as const;

const CAPABILITY_CURRENT = 1;
const capabilityType = { general: 0, debug: 13 } as const;

/** op_mod is the type of the capability, then one bit: 1 asks for what is in force, 0 for what is possible. */
export const queryCapability = (type: keyof typeof capabilityType): Command =>
	command("QUERY_HCA_CAP", {
		op_mod: capabilityType[type] * 2 + CAPABILITY_CURRENT,
		outBytes: capability.start + capability.bytes,
	});

/** A counter that the card can sample by itself. */
export interface SampledCounter {
	readonly id: number;
	/** It can be started at the same moment as others. */
	readonly sync: boolean;
}

export interface Capabilities {
	/** Frequency of the device clock, by which the card samples. */
	readonly frequency_khz: number;
	/** The ring has room for 2^n values. */
	readonly logMaxSamples: number;
	/** The shortest period is 2^n device clocks. */
	readonly logMinPeriod: number;
	readonly single: boolean;
	readonly repetitive: boolean;
	readonly tracerDump: boolean;
	readonly counters: readonly SampledCounter[];
}

/** Decodes the two answers to queryCapability(). Null: this card samples nothing. */
export function decodeCapabilities(generalOut: Uint8Array, debugOut: Uint8Array): Capabilities | null {
	const general = decode(generalCapability, generalOut, capability.start);
	if (!general.debug || general.num_of_diagnostic_counters === 0 || general.device_frequency_khz === 0) return null;
	const debug = decode(debugCapability, debugOut, capability.start);
	const first = capability.start + capabilityCounters.start;
	const counters = Array.from({ length: general.num_of_diagnostic_counters }, (_, i) => {
		const { counter_id, sync } = decode(capabilityCounter, debugOut, first + i * capabilityCounters.bytes);
		return { id: counter_id, sync: sync === 1 };
	});
	return {
		frequency_khz: general.device_frequency_khz,
		logMaxSamples: debug.log_max_samples,
		logMinPeriod: debug.log_min_sample_period,
		single: debug.single === 1,
		repetitive: debug.repetitive === 1,
		tracerDump: debug.diag_counter_tracer_dump === 1,
		counters,
	};
}
