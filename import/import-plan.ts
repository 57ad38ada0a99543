// SPDX-License-Identifier: Apache-2.0
/** The plan of an import: one stream, its counters, and how each is computed from the staged rows. */
import type { RecordedStream } from "../sampler/recorded.js";
import type { Sql } from "../storage/sql.js";
import type { ToldEnd, ToldGap, ToldMark, ToldRecording } from "./told.js";

export interface Plan {
	readonly stream: RecordedStream;
	/** SQL over the staged rows: nanoseconds since the epoch, the tick, the length of the read window in nanoseconds. */
	readonly ns: Sql;
	readonly tick: Sql;
	readonly read_ns: Sql;
	/** SQL over the staged rows, in the order of stream.columns. */
	readonly values: readonly Sql[];
	/** Deadline of tick 0, nanoseconds since the epoch. */
	readonly started_ns: bigint;
	/** The known columns of the row of `recording`. */
	readonly recording: ToldRecording;
	/** The columns of `streams` that the input says; null where they are computed from the rows. */
	readonly delivered: ToldEnd | null;
	readonly gaps: readonly ToldGap[];
	readonly marks: readonly ToldMark[];
	/** The ticks were made from the times, so lateness means nothing. */
	readonly madeTicks: boolean;
	/** What was guessed or left out, in one sentence each. */
	readonly notes: readonly string[];
}
