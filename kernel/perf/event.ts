// SPDX-License-Identifier: Apache-2.0
/** An event that perf_event_open can count, as the catalogues of this folder describe it. */
import type { Semantics, Unit } from "../source.js";

/** enum perf_type_id of linux/perf_event.h; other PMUs have their number in sysfs. */
export const perfType = { hardware: 0, software: 1, tracepoint: 2, cache: 3, raw: 4 } as const;

/** The words of struct perf_event_attr that say what is counted. */
export interface Encoding {
	readonly type: number;
	readonly config: bigint;
	readonly config1: bigint;
	readonly config2: bigint;
}

export interface PerfEvent {
	readonly name: string;
	readonly unit: Unit;
	readonly semantics: Semantics;
	readonly help: string;
	/** Reads the number of the event from the kernel. Called for chosen events only, since there are thousands of
	 *  tracepoints. */
	readonly encode: () => Encoding;
	/** Events of one family share groups. Software events and tracepoints always have room in a group. */
	readonly family: string;
	/** CPUs on which it can be counted; null: all CPUs, and processes too. */
	readonly cpus: readonly number[] | null;
	/** It happens only in the kernel, so it cannot be counted in user mode. */
	readonly kernelOnly: boolean;
}

export const simpleEncoding =
	(type: number, config: bigint): (() => Encoding) =>
	() => ({ type, config, config1: 0n, config2: 0n });
