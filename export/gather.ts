// SPDX-License-Identifier: Apache-2.0
/** Joins runs of rows to longer ones. DuckDB gives 2,048 rows at a time, which would make too many pieces in a file. */
import type { CellType } from "../kernel/source.js";
import type { ColumnRows, ExportStream, Rows } from "./input.js";

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
	add({ values, validity }: ColumnRows, at: number, rows: number): void {
		(this.#values as BigUint64Array).set(values as BigUint64Array, at);
		if (validity) {
			if (!this.#nulls) this.#setBits(0, at);
			this.#nulls = true;
			this.#copyBits(validity, at, rows);
		} else if (this.#nulls) this.#setBits(at, rows);
	}

	#setBits(at: number, rows: number): void {
		for (let i = at; i < at + rows; i++) this.#bitmap[i >> 3]! |= 1 << (i & 7);
	}

	#copyBits(bits: Uint8Array, at: number, rows: number): void {
		for (let i = 0; i < rows; i++) {
			const [byte, bit] = [(at + i) >> 3, 1 << ((at + i) & 7)];
			if (bits[i >> 3]! & (1 << (i & 7))) this.#bitmap[byte]! |= bit;
			else this.#bitmap[byte]! &= ~bit;
		}
	}

	/** Takes what was added, and starts again. */
	take(rows: number): ColumnRows {
		const validity = this.#nulls ? this.#bitmap.subarray(0, Math.ceil(rows / 8)) : null;
		this.#nulls = false;
		return { values: this.#values.subarray(0, rows), validity };
	}
}

/** The same rows in runs of up to `max`. Each is valid until the next is asked for; the last may be shorter. */
export async function* gather(stream: ExportStream, runs: AsyncIterable<Rows>, max: number): AsyncGenerator<Rows> {
	const [ts, tick, read_ns] = [new BigInt64Array(max), new BigUint64Array(max), new Uint32Array(max)];
	const columns = stream.columns.map(({ type }) => new Gathered(type, max));
	let length = 0;
	const take = (): Rows => {
		const rows = length;
		length = 0;
		return {
			stream,
			length: rows,
			ts: ts.subarray(0, rows),
			tick: tick.subarray(0, rows),
			read_ns: read_ns.subarray(0, rows),
			columns: columns.map((column) => column.take(rows)),
		};
	};
	for await (const run of runs) {
		if (length + run.length > max) yield take();
		ts.set(run.ts, length);
		tick.set(run.tick, length);
		read_ns.set(run.read_ns, length);
		for (const [i, column] of columns.entries()) column.add(run.columns[i]!, length, run.length);
		length += run.length;
	}
	if (length > 0) yield take();
}
