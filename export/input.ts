// SPDX-License-Identifier: Apache-2.0
/**
 * What every format is written from: a selection of a recording, read in order and in pieces, with the columns as typed arrays.
 * The selection (`--from`, `--to`, `--counters`, `--rate`, `--as`) has already been applied.
 */
import type { CellType } from "../kernel/source.js";

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
}

export interface ExportStream {
	readonly name: string;
	readonly source: string;
	readonly period_ns: number;
	readonly columns: readonly ExportColumn[];
}

/** A run of rows of one stream, in order of ticks; valid until the next is asked for. */
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
	/** The time without reads: from the last row before it to the first row behind it, nanoseconds since the epoch. */
	readonly begin_ns: bigint;
	readonly end_ns: bigint;
}

export interface ExportMark {
	readonly ts: bigint;
	readonly name: string;
	readonly detail: string | null;
}

export interface ExportInput {
	/** The table `recording`, as text, for metadata. */
	readonly recording: ReadonlyMap<string, string>;
	readonly streams: readonly ExportStream[];
	readonly gaps: readonly ExportGap[];
	readonly marks: readonly ExportMark[];
	/** One stream, from its first row to its last. */
	rows(stream: ExportStream): AsyncIterable<Rows>;
}
