// SPDX-License-Identifier: Apache-2.0
/**
 * The input of every format: a selection of a recording, read in order and in pieces, with columns as typed arrays. The
 * selection (`--from`, `--to`, `--counters`, `--rate`, `--as`) has already been applied.
 */
import type { Block } from "../sampler/batch.js";
import type { Column, RecordedStream } from "../sampler/recorded.js";

/** A column whose unit and type are those of the exported values: a rate of bytes has "B/s" and is f64. */
export interface ExportColumn extends Omit<Column, "unit"> {
	/** A unit of counters, or that per second. */
	readonly unit: string;
	/** The form of the values: as read, the change since the row before, or that change per second. */
	readonly as: "value" | "delta" | "rate";
	/** For buckets, the value of each: smallest, largest, mean over its time, first, or sum. Null where the rows are
	 *  those of the recording. The envelope of a counter is two columns, min and max, next to each other. */
	readonly part: "min" | "max" | "mean" | "first" | "sum" | null;
}

/** A stream as it is exported. Where the rows are buckets, its period is their length, and the sampler paces it. */
export interface ExportStream extends Omit<RecordedStream, "columns"> {
	readonly columns: readonly ExportColumn[];
	/** Number of selected rows of the recording; buckets may be fewer. */
	readonly rows: number;
}

/** A run of rows of one stream in order of ticks, valid until the next is asked for. A row that is a bucket has the
 *  number of the bucket as its tick, and ts and read_ns of the first read in it. */
export interface ExportBlock extends Block {
	readonly stream: ExportStream;
}

export interface ExportGap {
	readonly stream: string;
	readonly first_tick: bigint;
	readonly ticks: bigint;
	readonly reason: string;
	/** A time in nanoseconds since the epoch. */
	readonly noticed_at_ns: bigint;
	/** The time without reads, in nanoseconds since the epoch: from the last row before the gap to the first row after
	 *  it. Where another gap is its neighbour, it is the deadline of the gap's first tick, or of the first tick after
	 *  it. */
	readonly begin_ns: bigint;
	readonly end_ns: bigint;
}

export interface ExportMark {
	readonly ts: bigint;
	readonly name: string;
	readonly detail: string | null;
}

export interface ExportInput {
	/** The table `recording` as text. Columns that are null there are absent here. */
	readonly recording: ReadonlyMap<string, string>;
	/** The same table as a JSON object, for metadata. Times are nanoseconds since the epoch (`started_at_ns`); integers
	 *  that JSON would round are strings. */
	readonly recordingJson: string;
	/** The deadline of tick 0 and start of bucket 0, in nanoseconds since the epoch. */
	readonly started_ns: bigint;
	readonly streams: readonly ExportStream[];
	/** The gaps of the streams within the selected time, by stream and tick. */
	readonly gaps: readonly ExportGap[];
	readonly marks: readonly ExportMark[];
	/** The rows of one stream, from first to last. */
	rows(stream: ExportStream): AsyncIterable<ExportBlock>;
	/** The rows of one stream with a single column, which costs no more than reading that column. */
	column(stream: ExportStream, column: ExportColumn): AsyncIterable<ExportBlock>;
}
