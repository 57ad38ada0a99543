// SPDX-License-Identifier: Apache-2.0
/**
 * What every format is written from: a selection of a recording, read in order and in pieces, with the columns as typed arrays.
 * The selection (`--from`, `--to`, `--counters`, `--rate`, `--as`) has already been applied.
 */
import type { CellType, Pacer } from "../kernel/source.js";

export interface ExportColumn {
	/** In the stream's table. */
	readonly name: string;
	/** source:instance/name */
	readonly id: string;
	readonly source: string;
	readonly instance: string;
	readonly counter: string;
	/** Of the values as they are exported: a rate of bytes has "B/s". */
	readonly unit: string;
	readonly semantics: "counter" | "gauge" | "flag";
	readonly width: number;
	/** Of the values as they are exported: a rate is f64. */
	readonly type: CellType;
	readonly help: string;
	/** What the values are of the counter's: as read, what it moved by since the row before, or that per second. */
	readonly as: "value" | "delta" | "rate";
	/** Of the values in a bucket: the least, the greatest, the mean over its time, the first, what they add up to; null: the rows
	 *  are those of the recording. The envelope of a counter is two columns, min and max, that follow each other. */
	readonly part: "min" | "max" | "mean" | "first" | "sum" | null;
}

export interface ExportStream {
	readonly name: string;
	readonly source: string;
	/** Between rows: of the buckets, where the rows are buckets. */
	readonly period_ns: number;
	/** Of buckets: the sampler, since they are ours. */
	readonly paced_by: Pacer;
	/** Present where paced_by is "device": the period that it granted. */
	readonly granted_ns?: number;
	readonly columns: readonly ExportColumn[];
	/** Rows of the recording that were selected, of which buckets may make fewer. */
	readonly rows: number;
}

/**
 * A run of rows of one stream, in order of ticks; valid until the next is asked for. A row that is a bucket has the number of the
 * bucket as its tick, and ts and read_ns of the first read in it.
 */
export interface Rows {
	readonly stream: ExportStream;
	readonly length: number;
	/** Nanoseconds since the epoch, at which the read began. */
	readonly ts: BigInt64Array;
	readonly tick: BigUint64Array;
	readonly read_ns: Uint32Array;
	/** In the order of stream.columns. */
	readonly columns: readonly ColumnRows[];
}

export interface ColumnRows {
	readonly values: BigUint64Array | BigInt64Array | Float64Array;
	/** Bit i of byte i >> 3 is 1 where the value could be read; null: all could. */
	readonly validity: Uint8Array | null;
}

export interface ExportGap {
	readonly stream: string;
	readonly first_tick: bigint;
	readonly ticks: bigint;
	readonly reason: string;
	/** Nanoseconds since the epoch. */
	readonly noticed_at_ns: bigint;
	/** The time without reads: from the last row before it to the first row behind it, nanoseconds since the epoch; the deadline
	 *  of its first tick, or of the first behind it, where another gap is its neighbour. */
	readonly begin_ns: bigint;
	readonly end_ns: bigint;
}

export interface ExportMark {
	readonly ts: bigint;
	readonly name: string;
	readonly detail: string | null;
}

export interface ExportInput {
	/** The table `recording`, as text; what is null there is absent here. */
	readonly recording: ReadonlyMap<string, string>;
	/** The same as a JSON object, for metadata: times are nanoseconds since the epoch (`started_at_ns`), and integers that JSON
	 *  would round are strings. */
	readonly recordingJson: string;
	/** Deadline of tick 0 and begin of bucket 0, nanoseconds since the epoch. */
	readonly started_ns: bigint;
	readonly streams: readonly ExportStream[];
	/** Those of the streams that lie in the selected time, by stream and tick. */
	readonly gaps: readonly ExportGap[];
	readonly marks: readonly ExportMark[];
	/** One stream, from its first row to its last. */
	rows(stream: ExportStream): AsyncIterable<Rows>;
	/** The same of one column, which costs as much as that column. */
	column(stream: ExportStream, column: ExportColumn): AsyncIterable<Rows>;
}
