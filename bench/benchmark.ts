// SPDX-License-Identifier: Apache-2.0
/** A benchmark: one file that measures something and a bare reference in the same run, and states the goal. */
export type Goal = { readonly atLeast: number } | { readonly atMost: number };

/** One measured number. Goal, value and reference have the same unit. */
export interface Figure {
	readonly what: string;
	readonly unit: string;
	readonly value: number;
	/** Absent: the number has no goal and is only shown. */
	readonly goal?: Goal;
	/** The bare reference that was measured in the same run. */
	readonly reference?: { readonly what: string; readonly value: number };
	readonly note?: string;
}

/** One point of the curve of cost against rate. Shares are from 0 to 1. */
export interface CurvePoint {
	readonly rate_hz: number;
	readonly wait: string;
	/** CPU time of the sampler over wall time. */
	readonly sampler: number;
	/** CPU time of Node, main thread and writer, over wall time; null when the run was too short to measure it. */
	readonly node: number | null;
	readonly missed: number;
	readonly ticks: number;
}

export interface Curve {
	readonly source: string;
	readonly instance: string;
	readonly counters: number;
	/** Median duration of one read, when reads follow each other without a pause. */
	readonly read_ns: number;
	readonly points: readonly CurvePoint[];
}

/** One run of another tool, or of countersink beside it, on the same counters at the same rate. */
export interface PeerRun {
	readonly tool: string;
	readonly version: string;
	/** Runs of one subject read the same counters, as far as each tool has them. */
	readonly subject: "proc" | "perf";
	readonly rate_hz: number;
	/** A sentence that says why the tool did not run; null when it ran. */
	readonly cannot: string | null;
	readonly delivery: Delivery | null;
}

export interface Delivery {
	/** Samples that the run had time for at the rate that was asked. */
	readonly asked: number;
	readonly delivered: number;
	/** Counters in one sample. */
	readonly counters: number;
	/** Values in all samples. */
	readonly values: number;
	/** CPU time of all processes of the tool over wall time, start and end of the run left out. */
	readonly cpu_share: number;
	/** CPU time of all processes of the tool in the whole run, start and end included. */
	readonly cpu_ms: number;
	/** Size of what the tool left on the disk. */
	readonly bytes: number;
	/** The words of the tool about samples that it did not deliver; null when it has none. */
	readonly says: string | null;
}

export interface Outcome {
	readonly figures: readonly Figure[];
	readonly curves?: readonly Curve[];
	readonly peers?: readonly PeerRun[];
}

export interface Effort {
	/** Short runs, for work on a benchmark. Their figures mean little. */
	readonly quick: boolean;
	/** CPU on which every timed loop runs. */
	readonly cpu: number;
	/** The sources to measure, in a benchmark that measures each source; empty for all. */
	readonly sources: readonly string[];
}

export interface Benchmark {
	readonly name: string;
	readonly title: string;
	run(effort: Effort): Promise<Outcome>;
}

export type Verdict = "PASS" | "MISS" | "";

export function judge({ value, goal }: Pick<Figure, "value" | "goal">): Verdict {
	if (!goal) return "";
	return ("atLeast" in goal ? value >= goal.atLeast : value <= goal.atMost) ? "PASS" : "MISS";
}

/** Value divided by the reference; null when there is none. */
export const ratio = ({ value, reference }: Pick<Figure, "value" | "reference">): number | null =>
	reference && reference.value !== 0 ? value / reference.value : null;

export const pick = <T>(effort: Effort, full: T, quick: T): T => (effort.quick ? quick : full);
