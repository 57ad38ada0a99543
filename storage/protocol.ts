// SPDX-License-Identifier: Apache-2.0
/** What the main thread and the writer worker say to each other: plain data. */
import type { ProcessId } from "../base/process.js";
import type { Counter, NamedText, Pacer } from "../kernel/source.js";
import type { StreamShape } from "../sampler/batch.js";
import type { Grants } from "../sampler/handle.js";
import type { RingShape } from "../sampler/umem.js";
import type { Sql } from "./sql.js";

export interface RecordedStream extends StreamShape {
	readonly source: string;
	/** As asked for. */
	readonly period_ns: number;
	readonly paced_by: Pacer;
	/** Present where paced_by is "device": the period that it granted. */
	readonly granted_ns?: number;
	/** What addresses in rows stand for. */
	readonly texts?: readonly NamedText[];
	readonly columns: readonly (Omit<Counter, "at" | "alias"> & {
		readonly name: string;
		readonly id: string;
		readonly counter: string;
	})[];
}

export interface RecordingHeader {
	readonly version: string;
	readonly wall_offset_ns: bigint;
	readonly requested_duration_ns: number | null;
	readonly events: readonly string[];
	readonly command: readonly string[] | null;
	readonly host: string;
	readonly kernel: string;
	readonly cpus: number;
	readonly wait: string;
	readonly sampler_cpu: number;
	/** SQL that makes the macros which the recording carries. */
	readonly macros: Sql;
}

/** What a writer of any kind is told before the start. */
export interface WriterSetup {
	readonly umem: { readonly fd: number; readonly bytes: number };
	readonly streams: readonly { readonly stream: RecordedStream; readonly ring: RingShape }[];
	readonly header: RecordingHeader;
}

/** workerData of the writer of a file. */
export interface FileSetup extends WriterSetup {
	readonly path: string;
}

/** How a recording ended. */
export type Ending = "complete" | "command" | "interrupted" | "sampler_killed" | "sampler_failed" | "recovered";

export interface End {
	readonly ending: Ending;
	readonly detail: string | null;
	readonly command_status: number | null;
	/** CLOCK_MONOTONIC up to which ticks were scheduled, where the sampler did not live to say. */
	readonly until_ns: bigint;
}

export type ToWriter =
	| { readonly kind: "started"; readonly start_ns: bigint; readonly grants: Grants }
	| { readonly kind: "mark"; readonly ts: bigint; readonly name: string; readonly detail: string | null }
	/** The wrapped command has been started. */
	| { readonly kind: "command"; readonly process: ProcessId }
	| { readonly kind: "finish"; readonly end: End };

export interface StreamProgress {
	readonly stream: string;
	readonly rows: number;
	readonly gapTicks: number;
	readonly gapTicksByReason: Readonly<Record<string, number>>;
	readonly nextTick: number;
	/** Highest share of the ring in use since the last progress. */
	readonly fill: number;
	/** Null values in the rows. */
	readonly nulls: number;
	/** How long ago the last row was read. */
	readonly behind_ns: number;
}

export interface StreamSummary extends StreamProgress {
	readonly scheduled: number;
}

export type FromWriter =
	| { readonly kind: "ready" }
	| { readonly kind: "progress"; readonly streams: readonly StreamProgress[]; readonly sampler_cpu_ns: number }
	| { readonly kind: "finished"; readonly streams: readonly StreamSummary[]; readonly sampler_cpu_ns: number }
	| { readonly kind: "failed"; readonly message: string };

/** Between "held" and "release" nothing that the file refers to is written over, so that others may read it. */
export type ToFileWriter =
	| ToWriter
	| { readonly kind: "hold"; readonly id: number }
	| { readonly kind: "release"; readonly id: number }
	/** Nothing came of it: let go of the file as it is. */
	| { readonly kind: "abandon" };

export type FromFileWriter =
	| FromWriter
	| { readonly kind: "held"; readonly id: number }
	/** The start is committed. */
	| { readonly kind: "begun" };
