// SPDX-License-Identifier: Apache-2.0
/** What becomes of an input: one stream, its counters, and how each is computed from the staged rows. */
import type { RecordedStream } from "../storage/protocol.js";

export interface Plan {
	readonly stream: RecordedStream;
	/** SQL over the staged rows: nanoseconds since the epoch, the tick, the length of the read window in nanoseconds. */
	readonly ns: string;
	readonly tick: string;
	readonly read_ns: string;
	/** SQL over the staged rows, in the order of stream.columns. */
	readonly values: readonly string[];
	/** Deadline of tick 0, nanoseconds since the epoch. */
	readonly started_ns: bigint;
	/** Columns of `recording` that are known, by name; integers as text. */
	readonly recording: Readonly<Record<string, unknown>>;
	/** Columns of `streams` that are told; null: computed from the rows. */
	readonly delivered: Readonly<Record<string, number>> | null;
	readonly gaps: readonly ToldGap[];
	readonly marks: readonly ToldMark[];
	/** The ticks were made from the times, so that lateness means nothing. */
	readonly madeTicks: boolean;
	/** What was guessed or left out, one sentence each. */
	readonly notes: readonly string[];
}

export type ToldGap = readonly [first_tick: number, ticks: number, reason: string, noticed_at_ns: string];
export type ToldMark = readonly [ts_ns: string, name: string, detail: string | null];
