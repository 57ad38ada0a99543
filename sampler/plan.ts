// SPDX-License-Identifier: Apache-2.0
/** Writes the plan that the sampler process reads; native/plan.h is its grammar. */

import { allowedCpus } from "../base/affinity.js";
import { usageError } from "../base/errors.js";
import { formatCount } from "../base/units.js";
import type { ReaderPlan } from "../kernel/source.js";
import { type Lanes, laneCpus } from "./lanes.js";
import { layout } from "./layout.gen.js";
import { readersOf, rowPeriod, type StreamSpec } from "./selection.js";
import type { RingShape } from "./umem.js";

/** How the loop waits for a tick. sleep: until an absolute deadline. hybrid: sleep, then spin. spin: never sleep,
 *  which needs a CPU of its own. */
export const waitPolicies = ["sleep", "hybrid", "spin"] as const;
export type WaitPolicy = (typeof waitPolicies)[number];

export interface Schedule {
	readonly wait: WaitPolicy;
	/** Ask for SCHED_FIFO (or nice -20 where the loop spins). */
	readonly realtime: boolean;
	/** CPU of the sampling loop, or of the first lane where there are several; -1: any. */
	readonly cpu: number;
	/** Which streams each lane reads; absent: one lane reads all. */
	readonly lanes?: Lanes | undefined;
	/** null: the schedule runs until the sampler is told to stop. */
	readonly duration_ns: number | null;
	/** Number of reads of each stream, back to back, instead of a schedule. */
	readonly probe?: number;
}

function readerLines({ reader, cpu, lines }: ReaderPlan): string[] {
	return [`reader ${reader} ${cpu}`, ...lines.map((line) => `set ${line.join(" ")}`)];
}

function streamLines(stream: StreamSpec, ring: RingShape, readers: readonly ReaderPlan[]): string[] {
	return [
		`stream ${stream.name} ${rowPeriod(stream)} ${ring.columns} ${ring.offset} ${ring.bytes}`,
		...readers.flatMap(readerLines),
	];
}

/** @param rings one ring for each stream, in the same order */
export function writePlan(schedule: Schedule, streams: readonly StreamSpec[], rings: readonly RingShape[]): string {
	const readers = streams.map(readersOf);
	if (streams.length > layout.PLAN_MAX_STREAMS || readers.flat().length > layout.PLAN_MAX_READERS)
		throw usageError(
			`${formatCount(streams.length, "stream")} with ${formatCount(readers.flat().length, "reader")}: that is more than the sampler takes (${layout.PLAN_MAX_STREAMS} and ${layout.PLAN_MAX_READERS}); narrow the globs or use fewer rates`,
		);
	const lanes = schedule.lanes ?? [streams.map((_, i) => i)];
	const bound = lanes.map((lane) => lane.flatMap((i) => readers[i]!.map(({ cpu }) => cpu).filter((cpu) => cpu >= 0)));
	const cpus = laneCpus(schedule.cpu, bound, lanes.length > 1 ? allowedCpus() : []);
	return [
		"countersink-plan 1",
		`wait ${schedule.wait}`,
		`realtime ${schedule.realtime ? 1 : 0}`,
		`duration_ns ${schedule.duration_ns ?? 0}`,
		...(schedule.probe ? [`probe ${schedule.probe}`] : []),
		...lanes.flatMap((lane, l) => [
			`lane ${cpus[l]}`,
			...lane.flatMap((i) => streamLines(streams[i]!, rings[i]!, readers[i]!)),
		]),
		"end",
		"",
	].join("\n");
}
