// SPDX-License-Identifier: Apache-2.0
/** One thing that perf_event_open can count, as every catalogue of this folder describes it. */
import type { Semantics, Unit } from "../source.js";

/** enum perf_type_id of linux/perf_event.h; PMUs with a number of their own are in sysfs. */
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
	/** Reads what the kernel calls the event; done for the chosen ones only, since there are thousands of tracepoints. */
	readonly encode: () => Encoding;
	/** Events of one family share groups. Software events and tracepoints are never refused a place. */
	readonly family: string;
	/** CPUs that it can be counted on; null: all of them, and processes too. */
	readonly cpus: readonly number[] | null;
	/** It happens in the kernel only, so it cannot be counted in user mode. */
	readonly kernelOnly: boolean;
}

export const simpleEncoding =
	(type: number, config: bigint): (() => Encoding) =>
	() => ({ type, config, config1: 0n, config2: 0n });
