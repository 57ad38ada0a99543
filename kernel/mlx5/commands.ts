// SPDX-License-Identifier: Apache-2.0
/** The commands of countersink: built here, executed by the sampler, decoded here. */
import { bytesOf, decode, encode, type Values } from "./layout.js";
import {
	capability,
	capabilityCounter,
	capabilityCounters,
	counterQuery,
	counterSet,
	debugCapability,
	generalCapability,
	inHeader,
	legacyRecord,
	PARAMETERS_COUNTER_BYTES,
	parameters,
	parametersContext,
	parametersCounter,
	pcieCounters,
	portCounters,
	records,
	registerAccess,
	registerData,
} from "./layouts.js";

/** What fwctl lets a command do (include/uapi/fwctl/fwctl.h); mlx5ctl knows no scopes. */
export const scope = { configuration: 0, debugReadOnly: 1, debugWrite: 2, debugWriteFull: 3 } as const;

export interface Command {
	/** As the firmware's documents call it. */
	readonly name: string;
	/** The narrowest that fwctl accepts. */
	readonly scope: number;
	readonly inbox: Uint8Array;
	readonly outBytes: number;
}

export const opcode = {
	QUERY_HCA_CAP: 0x100,
	ACCESS_REG: 0x805,
	QUERY_DIAGNOSTIC_PARAMS: 0x819,
	SET_DIAGNOSTIC_PARAMS: 0x820,
	QUERY_DIAGNOSTIC_COUNTERS: 0x821,
} as const;

const HEADER_BYTES = 16;
const CAPABILITY_CURRENT = 1;
const capabilityType = { general: 0, debug: 13 } as const;
const REGISTER_READ = 1;
const registers = { PPCNT: 0x5008, MPCNT: 0x9051 } as const;
export type RegisterName = keyof typeof registers;
/** Most counters that QUERY_DIAGNOSTIC_PARAMS leaves room for; cards say 18 to 175. */
const MOST_COUNTERS = 1024;

function inbox(name: keyof typeof opcode, bytes: number, op_mod = 0): Uint8Array {
	const made = new Uint8Array(Math.max(HEADER_BYTES, bytes));
	encode(inHeader, { opcode: opcode[name], op_mod }, made);
	return made;
}

/* op_mod: the type of the capability, then one bit for what is in force (1) or what is possible (0). */
export const queryCapability = (type: keyof typeof capabilityType): Command => ({
	name: "QUERY_HCA_CAP",
	scope: scope.debugReadOnly,
	inbox: inbox("QUERY_HCA_CAP", HEADER_BYTES, capabilityType[type] * 2 + CAPABILITY_CURRENT),
	outBytes: capability.begin + capability.bytes,
});

/** A counter that the card can sample by itself. */
export interface SampledCounter {
	readonly id: number;
	/** It can be started at the same moment as others. */
	readonly sync: boolean;
}

export interface Capabilities {
	/** Of the device clock, by which the card samples. */
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

/** Of the two answers to queryCapability(). Null: this card samples nothing. */
export function decodeCapabilities(generalOut: Uint8Array, debugOut: Uint8Array): Capabilities | null {
	const general = decode(generalCapability, generalOut, capability.begin);
	if (!general.debug || general.num_of_diagnostic_counters === 0 || general.device_frequency_khz === 0) return null;
	const debug = decode(debugCapability, debugOut, capability.begin);
	const first = capability.begin + capabilityCounters.begin;
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

/** What the card is told, or says, of its sampling. */
export interface Parameters extends Omit<Values<typeof parametersContext>, "num_of_counters"> {
	readonly counters: readonly number[];
}

export const queryParameters: Command = {
	name: "QUERY_DIAGNOSTIC_PARAMS",
	scope: scope.debugReadOnly,
	inbox: inbox("QUERY_DIAGNOSTIC_PARAMS", HEADER_BYTES),
	outBytes: parameters.list + MOST_COUNTERS * PARAMETERS_COUNTER_BYTES,
};

export function decodeParameters(bytes: Uint8Array): Parameters {
	const { num_of_counters, ...context } = decode(parametersContext, bytes, parameters.begin);
	const counters = Array.from(
		{ length: num_of_counters },
		(_, i) => decode(parametersCounter, bytes, parameters.list + i * PARAMETERS_COUNTER_BYTES).counter_id,
	);
	return { ...context, counters };
}

/** Starts sampling, or with enable 0 ends it. DEBUG_WRITE is what the kernel asks for, and what taints it. */
export function setParameters({ counters, ...context }: Parameters): Command {
	const made = inbox("SET_DIAGNOSTIC_PARAMS", parameters.list + counters.length * PARAMETERS_COUNTER_BYTES);
	encode(parametersContext, { ...context, num_of_counters: counters.length }, made, parameters.begin);
	for (const [i, counter_id] of counters.entries())
		encode(parametersCounter, { counter_id }, made, parameters.list + i * PARAMETERS_COUNTER_BYTES);
	return { name: "SET_DIAGNOSTIC_PARAMS", scope: scope.debugWrite, inbox: made, outBytes: HEADER_BYTES };
}

/** What the sampler sends over and over; the one that empties a ring puts its own numbers into the two fields. */
export function queryCounters(num_of_samples: number, sample_index: number, counters = 1): Command {
	const made = inbox("QUERY_DIAGNOSTIC_COUNTERS", HEADER_BYTES);
	encode(counterQuery, { num_of_samples, sample_index }, made);
	const outBytes = records.begin + num_of_samples * counters * bytesOf(legacyRecord);
	return { name: "QUERY_DIAGNOSTIC_COUNTERS", scope: scope.debugReadOnly, inbox: made, outBytes };
}

/** Reads a group of a counter register. Of PPCNT the port is the one that the function has: 1. */
export function readCounterRegister(register: RegisterName, group: number, priority = 0): Command {
	const bytes = registerData.begin + counterSet.begin + counterSet.bytes;
	const made = inbox("ACCESS_REG", bytes, REGISTER_READ);
	encode(registerAccess, { register_id: registers[register] }, made);
	if (register === "PPCNT")
		encode(portCounters, { local_port: 1, grp: group, prio_tc: priority }, made, registerData.begin);
	else encode(pcieCounters, { grp: group }, made, registerData.begin);
	return { name: `ACCESS_REG ${register}`, scope: scope.debugReadOnly, inbox: made, outBytes: bytes };
}

/** Bit of an outbox of readCounterRegister() at which a bit of the group's values stands. */
export const counterSetBit = (bitOfGroup: number): number => 8 * (registerData.begin + counterSet.begin) + bitOfGroup;

export const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
