// SPDX-License-Identifier: Apache-2.0
/** A run of rows as columns whose buffers are the umem itself: nothing is copied. */
import type { CellType, Pacer } from "../kernel/source.js";
import type { Gap, RingReader, Run } from "./ring.js";

/** A column, and what is known about its counter (storage/schema.sql, `counters`). It is plain data, so that it can be
 *  sent to a worker. */
export interface ColumnShape {
	readonly name: string;
	readonly id: string;
	readonly type: CellType;
	readonly source?: string;
	readonly instance?: string;
	readonly counter?: string;
	readonly unit?: string;
	readonly semantics?: string;
	readonly width?: number;
	readonly help?: string;
}

/** The description of a stream that the receiver of its batches gets. */
export interface StreamShape {
	readonly name: string;
	readonly source?: string;
	readonly period_ns?: number;
	readonly paced_by?: Pacer;
	/** The period that a device granted that samples by itself. */
	readonly granted_ns?: number;
	readonly columns: readonly ColumnShape[];
}

type FixedArray = BigInt64Array | BigUint64Array | Uint32Array;
export type CellArray = BigUint64Array | BigInt64Array | Float64Array;

/** The cells of one column. */
export interface Cells {
	/** One value for each row; it has no meaning where the cell is null. */
	readonly values: FixedArray | CellArray;
	readonly nulls: number;
	/** One bit for each row, least significant first, 1 where there is a value. null: no cell is null. */
	readonly validity: Uint8Array | null;
	/** Number of bits of the first byte that belong to earlier rows, 0 to 7: a bitmap starts at a byte. */
	readonly skip: number;
}

/** Rows of one stream in columns, from a ring or from a recording. Every encoder takes this. */
export interface Block {
	readonly stream: StreamShape;
	readonly rows: number;
	/** ts, tick, read_ns, then the counters. */
	readonly columns: readonly Cells[];
}

/** The columns of a block under their names. */
export interface BlockParts {
	/** Start of each read, in nanoseconds since the epoch. */
	readonly ts: BigInt64Array;
	readonly tick: BigUint64Array;
	readonly read_ns: Uint32Array;
	/** The cells of each counter, in the order of the stream's columns. */
	readonly counters: readonly Cells[];
}

export function partsOf({ columns: [ts, tick, read_ns, ...counters] }: Block): BlockParts {
	return {
		ts: ts!.values as BigInt64Array,
		tick: tick!.values as BigUint64Array,
		read_ns: read_ns!.values as Uint32Array,
		counters,
	};
}

/** Whether the cell of a row has a value. */
export const isValid = ({ validity, skip }: Cells, row: number): boolean =>
	validity === null || (validity[(skip + row) >> 3]! & (1 << ((skip + row) & 7))) !== 0;

/** A block in the ring. It is valid until release(): the sampler overwrites the memory afterwards. */
export interface Batch extends Block {
	/** Gaps after the previous batch and before the last row of this one. */
	readonly gaps: readonly Gap[];
	readonly run: Run;
	/** This batch, extended by the `rows` rows before it. They must be in the same block and not be released. */
	withEarlier(rows: number): Batch;
	/** Releases this batch and all batches before it, except for the last `held` rows. */
	release(held?: number): void;
}

/** Keys of the metadata of a column and of a stream in Arrow and Parquet. The values are texts. */
export const columnKeys = ["id", "source", "instance", "counter", "unit", "semantics", "width", "help"] as const;
export const streamKeys = ["source", "period_ns", "paced_by", "granted_ns"] as const;

export function metadata<K extends string>(
	of: Readonly<Partial<Record<K, unknown>>>,
	keys: readonly K[],
): [string, string][] {
	return keys.filter((key) => of[key] !== undefined).map((key) => [key, String(of[key])]);
}

const arrays: Record<CellType, new (buffer: ArrayBuffer, offset: number, length: number) => CellArray> = {
	u64: BigUint64Array,
	i64: BigInt64Array,
	f64: Float64Array,
};

export const whole = (values: FixedArray | CellArray): Cells => ({ values, nulls: 0, validity: null, skip: 0 });

/** Counts the zero bits among the bits of the rows. */
export function countNulls(validity: Uint8Array, skip: number, rows: number): number {
	const end = skip + rows;
	let nulls = 0;
	for (let i = 0; 8 * i < end; i++) {
		const ours = (i === 0 ? 0xff << skip : 0xff) & (8 * i + 8 > end ? 0xff >> (8 * i + 8 - end) : 0xff);
		for (let zeros = ~validity[i]! & ours; zeros !== 0; zeros &= zeros - 1) nulls++;
	}
	return nulls;
}

/** Makes the batches of one stream. */
export class BatchMaker {
	readonly stream: StreamShape;
	readonly #reader: RingReader;

	constructor(stream: StreamShape, reader: RingReader) {
		this.stream = stream;
		this.#reader = reader;
	}

	/** The next batch, at most one block; null when nothing waits.
	 *  @param whole returns only batches that reach the end of their block
	 *  @param most highest number of rows in the batch */
	next(whole = false, most?: number): Batch | null {
		const taken = this.#reader.take(whole, most);
		if (!taken) return null;
		return this.#batch(taken.run, taken.gaps);
	}

	#batch(run: Run, gaps: readonly Gap[]): Batch {
		const withEarlier = (rows: number): Batch =>
			this.#batch({ ...run, first: run.first - rows, rows: run.rows + rows }, gaps);
		const release = (held = 0): void => this.#reader.release(held);
		return { stream: this.stream, rows: run.rows, columns: this.#columns(run), gaps, run, withEarlier, release };
	}

	#columns(run: Run): Cells[] {
		const reader = this.#reader;
		return [
			whole(reader.timestamps(run)),
			whole(reader.ticks(run)),
			whole(reader.readTimes(run)),
			...this.stream.columns.map((column, i) => this.#cells(run, i, column.type)),
		];
	}

	#cells(run: Run, column: number, type: CellType): Cells {
		const reader = this.#reader;
		const values = new arrays[type](reader.buffer, reader.cells(run, column), run.rows);
		const bitmap = reader.validity(run, column);
		if (!bitmap) return whole(values);
		const skip = run.first % 8;
		const validity = bitmap.subarray((run.first - skip) / 8);
		return { values, nulls: countNulls(validity, skip, run.rows), validity, skip };
	}
}
