// SPDX-License-Identifier: Apache-2.0
/** What every sink is told about a recording. It is plain data, so that threads can send it to each other. */
import type { ProcessId } from "../base/process.js";
import type { Counter, NamedText, Pacer } from "../kernel/source.js";
import type { StreamShape } from "./batch.js";
import type { Grants } from "./handle.js";
import type { RingShape } from "./umem.js";

/** A column of a stream, with everything that is known about its counter. */
export interface Column extends Omit<Counter, "at" | "alias" | "name"> {
	/** Name of the column in the table of the stream. */
	readonly name: string;
	/** The id of the counter, source:instance/name. */
	readonly id: string;
	readonly counter: string;
}

/** A stream, with everything that is known about it. The same type describes it live, stored and exported. */
export interface RecordedStream extends StreamShape {
	readonly source: string;
	/** The period that the user asked for. */
	readonly period_ns: number;
	readonly paced_by: Pacer;
	/** The period that the device granted; present where paced_by is "device". */
	readonly granted_ns?: number;
	/** The texts to which addresses in rows refer. */
	readonly texts?: readonly NamedText[];
	readonly columns: readonly Column[];
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
}

/** What is known before the recording starts. */
export interface Setup {
	readonly umem: { readonly fd: number; readonly bytes: number };
	readonly streams: readonly { readonly stream: RecordedStream; readonly ring: RingShape }[];
	readonly header: RecordingHeader;
}

/** What is known once the sampler runs. */
export interface Started {
	/** CLOCK_MONOTONIC of tick 0. */
	readonly start_ns: bigint;
	readonly grants: Grants;
}

/** A named moment in a recording. */
export interface Mark {
	/** Wall time of the recording, in ns since the epoch. */
	readonly ts: bigint;
	readonly name: string;
	readonly detail: string | null;
}

/** The process of the wrapped command, known once it was started. */
export type CommandProcess = ProcessId;

/** How a recording ended. */
export type Ending = "complete" | "command" | "interrupted" | "sampler_killed" | "sampler_failed" | "recovered";

export interface End {
	readonly ending: Ending;
	readonly detail: string | null;
	readonly command_status: number | null;
	/** CLOCK_MONOTONIC up to which ticks were scheduled, where the sampler was killed before it could tell. */
	readonly until_ns: bigint;
}

export interface StreamProgress {
	readonly stream: string;
	readonly rows: number;
	readonly gapTicks: number;
	readonly gapTicksByReason: Readonly<Record<string, number>>;
	/** Every tick before this one is a row or in a gap. */
	readonly nextTick: number;
	/** The highest share of the ring that was in use since the last progress. */
	readonly fill: number;
	/** Number of null values in the rows. */
	readonly nulls: number;
	/** Time since the last row was read. */
	readonly behind_ns: number;
}

export interface StreamSummary extends StreamProgress {
	readonly scheduled: number;
}

/** A stream at the end of its recording. */
export interface StreamEnd {
	readonly summary: StreamSummary;
	/** Columns of the table `streams` that are null until the end. */
	readonly delivered: Readonly<Record<string, number>>;
}

/** What a side sink did not take. */
export interface SideSummary {
	/** The name of the sink in messages. */
	readonly name: string;
	/** Rows that were dropped because the sink was full or had failed. */
	readonly droppedRows: number;
	/** Why the sink failed; null: it took all other rows. */
	readonly failure: string | null;
}
