// SPDX-License-Identifier: Apache-2.0
/** A run of rows as an Arrow RecordBatch whose buffers are the umem itself: nothing is copied. */
import {
	type DataType,
	Field,
	Float64,
	Int64,
	makeData,
	RecordBatch,
	Schema,
	Struct,
	TimestampNanosecond,
	Uint32,
	Uint64,
} from "apache-arrow";
import type { CellType } from "../kernel/source.js";
import type { Gap, RingReader, Run } from "./ring.js";

/** A column and what is known of its counter (storage/schema.sql, `counters`); plain data, so that it can be sent to a worker. */
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

/** What a stream is to whoever receives its batches. */
export interface StreamShape {
	readonly name: string;
	readonly source?: string;
	readonly period_ns?: number;
	/** What a device granted that samples by itself. */
	readonly granted_ns?: number;
	readonly columns: readonly ColumnShape[];
}

/** Valid until release(): afterwards the sampler overwrites the memory. */
export interface Batch {
	readonly stream: StreamShape;
	readonly record: RecordBatch;
	/** Gaps that lie before the last row of this batch and after the batch before it. */
	readonly gaps: readonly Gap[];
	readonly run: Run;
	/** Gives back this batch and all before it. */
	release(): void;
}

type CellArray = BigUint64Array | BigInt64Array | Float64Array;
const cellTypes: Record<CellType, { arrow: DataType; array: new (b: ArrayBuffer, o: number, n: number) => CellArray }> =
	{
		u64: { arrow: new Uint64(), array: BigUint64Array },
		i64: { arrow: new Int64(), array: BigInt64Array },
		f64: { arrow: new Float64(), array: Float64Array },
	};

/** What Arrow and Parquet say of a column and of a stream, under these keys and as text. */
export const columnKeys = ["id", "source", "instance", "counter", "unit", "semantics", "width", "help"] as const;
export const streamKeys = ["source", "period_ns", "granted_ns"] as const;

export function metadata<K extends string>(
	of: Readonly<Partial<Record<K, unknown>>>,
	keys: readonly K[],
): [string, string][] {
	return keys.filter((key) => of[key] !== undefined).map((key) => [key, String(of[key])]);
}

/**
 * ts in nanoseconds since the epoch, tick, read_ns, then the counters by column name. Metadata of a field: columnKeys. Metadata of
 * the schema: `stream` (its name), streamKeys, and whatever is given about the recording.
 */
export function arrowSchema(stream: StreamShape, about: Iterable<readonly [string, string]> = []): Schema {
	return new Schema(
		[
			new Field("ts", new TimestampNanosecond(), false),
			new Field("tick", new Uint64(), false),
			new Field("read_ns", new Uint32(), false),
			...stream.columns.map(
				(column) => new Field(column.name, cellTypes[column.type].arrow, true, new Map(metadata(column, columnKeys))),
			),
		],
		new Map([["stream", stream.name], ...metadata(stream, streamKeys), ...about]),
	);
}

/** Makes batches of one stream. Costs about 1.3 us a column, whatever the number of rows. */
export class BatchMaker {
	readonly stream: StreamShape;
	readonly schema: Schema;
	readonly #reader: RingReader;

	/** @param about the recording, for the metadata of the schema */
	constructor(stream: StreamShape, reader: RingReader, about: Iterable<readonly [string, string]> = []) {
		this.stream = stream;
		this.schema = arrowSchema(stream, about);
		this.#reader = reader;
	}

	/** The next batch, at most one block; null when nothing waits.
	 *  @param whole only batches that end their block
	 *  @param most rows of the batch */
	next(whole = false, most?: number): Batch | null {
		const taken = this.#reader.take(whole, most);
		if (!taken) return null;
		const { run, gaps } = taken;
		return { stream: this.stream, record: this.#record(run), gaps, run, release: () => this.#reader.release() };
	}

	#record(run: Run): RecordBatch {
		const reader = this.#reader;
		const length = run.rows;
		const children = [
			makeData({ type: new TimestampNanosecond(), length, data: reader.timestamps(run) }),
			makeData({ type: new Uint64(), length, data: reader.ticks(run) }),
			makeData({ type: new Uint32(), length, data: reader.readTimes(run) }),
			...this.stream.columns.map((column, i) => this.#cells(run, i, column.type)),
		];
		return new RecordBatch(
			this.schema,
			makeData({ type: new Struct(this.schema.fields), length, children, nullCount: 0 }),
		);
	}

	#cells(run: Run, column: number, type: CellType) {
		const { arrow, array } = cellTypes[type];
		const offset = this.#reader.cells(run, column);
		const validity = this.#reader.validity(run, column);
		const { rows: length } = run;
		if (!validity)
			return makeData({
				type: arrow as Uint64,
				length,
				nullCount: 0,
				data: new array(this.#reader.buffer, offset, length) as BigUint64Array,
			});
		/* A bitmap begins at a byte, so the rows of its first byte that are not ours are skipped by the offset; in
		 * apache-arrow the offset applies to the bitmap alone, the values begin with the first row. */
		const skip = run.first % 8;
		const data = new array(this.#reader.buffer, offset, length) as BigUint64Array;
		const nullBitmap = validity.subarray((run.first - skip) / 8);
		return makeData({ type: arrow as Uint64, offset: skip, length, data, nullBitmap });
	}
}
