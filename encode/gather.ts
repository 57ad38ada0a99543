// SPDX-License-Identifier: Apache-2.0
/** Joins runs of rows to longer ones. DuckDB gives 2,048 rows at a time, which would make too many pieces in a
 *  file. */
import type { CellType } from "../kernel/source.js";
import { type Block, type Cells, countNulls, isValid, partsOf, type StreamShape, whole } from "../sampler/batch.js";

const arrays = { u64: BigUint64Array, i64: BigInt64Array, f64: Float64Array } as const;

/** One column, with room for a number of rows. */
class Gathered {
	readonly #values: BigUint64Array | BigInt64Array | Float64Array;
	readonly #bitmap: Uint8Array;
	#nulls = false;

	constructor(type: CellType, room: number) {
		this.#values = new arrays[type](room);
		this.#bitmap = new Uint8Array(Math.ceil(room / 8));
	}

	/** @param at number of rows already present */
	add(cells: Cells, at: number, rows: number): void {
		(this.#values as BigUint64Array).set(cells.values as BigUint64Array, at);
		if (cells.validity) {
			if (!this.#nulls) this.#setBits(0, at);
			this.#nulls = true;
			this.#copyBits(cells, at, rows);
		} else if (this.#nulls) this.#setBits(at, rows);
	}

	#setBits(at: number, rows: number): void {
		for (let i = at; i < at + rows; i++) this.#bitmap[i >> 3]! |= 1 << (i & 7);
	}

	#copyBits(cells: Cells, at: number, rows: number): void {
		for (let i = 0; i < rows; i++) {
			const [byte, bit] = [(at + i) >> 3, 1 << ((at + i) & 7)];
			if (isValid(cells, i)) this.#bitmap[byte]! |= bit;
			else this.#bitmap[byte]! &= ~bit;
		}
	}

	/** Takes what was added, and starts again. */
	take(rows: number): Cells {
		const values = this.#values.subarray(0, rows);
		if (!this.#nulls) return whole(values);
		this.#nulls = false;
		const validity = this.#bitmap.subarray(0, Math.ceil(rows / 8));
		return { values, validity, nulls: countNulls(validity, 0, rows), skip: 0 };
	}
}

/** The same rows in runs of up to `max`. Each is valid until the next is asked for; the last may be shorter. */
export async function* gather(stream: StreamShape, runs: AsyncIterable<Block>, max: number): AsyncGenerator<Block> {
	const [ts, tick, read_ns] = [new BigInt64Array(max), new BigUint64Array(max), new Uint32Array(max)];
	const columns = stream.columns.map(({ type }) => new Gathered(type, max));
	let length = 0;
	const take = (): Block => {
		const rows = length;
		length = 0;
		const fixed = [ts, tick, read_ns].map((values) => whole(values.subarray(0, rows)));
		return { stream, rows, columns: [...fixed, ...columns.map((column) => column.take(rows))] };
	};
	for await (const run of runs) {
		if (length + run.rows > max) yield take();
		const parts = partsOf(run);
		ts.set(parts.ts, length);
		tick.set(parts.tick, length);
		read_ns.set(parts.read_ns, length);
		for (const [i, column] of columns.entries()) column.add(parts.counters[i]!, length, run.rows);
		length += run.rows;
	}
	if (length > 0) yield take();
}
