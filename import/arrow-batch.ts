// SPDX-License-Identifier: Apache-2.0
/** Splits one batch into its columns, each with the bytes that hold it (format/Message.fbs of Apache Arrow), all within
 *  the body. */
import type { Extent, Field } from "./arrow-schema.js";
import { Damaged, type Table, type Vector } from "./flatbuffer.js";

/** One column that is read. Its type knows how long its buffers must be. */
export interface Column {
	readonly rows: number;
	/** One bit a row, the lowest first; null: every row has a value. */
	readonly validity: Buffer | null;
	/** The buffers after the bitmap: values, or offsets and bytes. */
	readonly buffers: readonly Buffer[];
}

/** Thrown where the batches are compressed. */
export class Compressed extends Error {}

const BATCH = { length: 0, nodes: 1, buffers: 2, compression: 3, views: 4 } as const;
const PAIR = 16;

class Layout {
	readonly #batch: Table;
	readonly #body: Buffer;
	readonly #nodes: Vector;
	readonly #buffers: Vector;
	readonly #views: Vector;
	readonly rows: number;

	constructor(batch: Table, body: Buffer) {
		if (batch.table(BATCH.compression)) throw new Compressed();
		this.#batch = batch;
		this.#body = body;
		this.#nodes = batch.vector(BATCH.nodes, PAIR);
		this.#buffers = batch.vector(BATCH.buffers, PAIR);
		this.#views = batch.vector(BATCH.views, 8);
		this.rows = batch.i64(BATCH.length);
		if (this.rows < 0) throw new Damaged(`a batch claims to have ${this.rows} rows`);
		this.#checkOrder();
	}

	/** Checks that buffers follow each other, as writers lay them. A buffer within another would give its bytes a second
	 *  meaning. */
	#checkOrder(): void {
		let end = 0;
		for (let i = 0; i < this.#buffers.length; i++) {
			const [offset, bytes] = this.#pair(this.#buffers, i, "a buffer");
			if (bytes === 0) continue;
			if (offset < end || bytes < 0 || offset + bytes > this.#body.length)
				throw new Damaged(`a buffer of ${bytes} bytes at ${offset} overlaps another one or leaves its batch`);
			end = offset + bytes;
		}
	}

	#pair({ place, length }: Vector, index: number, what: string): [number, number] {
		if (index < 0 || index >= length) throw new Damaged(`a batch lacks ${what}`);
		return [this.#batch.i64At(place + PAIR * index), this.#batch.i64At(place + PAIR * index + 8)];
	}

	/** Number of further buffers of the next fields that have views. */
	viewBuffers(first: number, count: number): number {
		if (first + count > this.#views.length) throw new Damaged("a batch lacks a count of buffers");
		let sum = 0;
		for (let i = first; i < first + count; i++) sum += this.#batch.i64At(this.#views.place + 8 * i);
		return sum;
	}

	#buffer(index: number): Buffer {
		const [offset, bytes] = this.#pair(this.#buffers, index, "a buffer");
		/* An empty buffer may have any offset. */
		return bytes === 0 ? this.#body.subarray(0, 0) : this.#body.subarray(offset, offset + bytes);
	}

	column(node: number, buffer: number, buffers: number): Column {
		const [rows, nulls] = this.#pair(this.#nodes, node, "a column");
		if (rows !== this.rows || nulls < 0 || nulls > rows)
			throw new Damaged(
				`a column claims to have ${rows} rows, ${nulls} of them null, where the batch has ${this.rows}`,
			);
		const bitmap = this.#buffer(buffer);
		if (nulls > 0 && bitmap.length < Math.ceil(rows / 8)) throw tooShort("a bitmap", bitmap.length, rows);
		return {
			rows,
			validity: nulls > 0 ? bitmap : null,
			buffers: Array.from({ length: buffers - 1 }, (_, i) => this.#buffer(buffer + 1 + i)),
		};
	}
}

export const tooShort = (what: string, bytes: number, rows: number): Damaged =>
	new Damaged(`${what} of ${bytes} bytes is too short for ${rows} rows`);

/** @param taken indices of the fields to read, ascending */
export function columnsOf(
	batch: Table,
	body: Buffer,
	fields: readonly { readonly extent: Extent }[],
	taken: readonly number[],
): { rows: number; columns: Column[] } {
	const layout = new Layout(batch, body);
	const columns: Column[] = [];
	let [node, buffer, view] = [0, 0, 0];
	fields.forEach(({ extent }, index) => {
		if (taken[columns.length] === index) columns.push(layout.column(node, buffer, extent.buffers));
		node += extent.nodes;
		buffer += extent.buffers + (extent.views > 0 ? layout.viewBuffers(view, extent.views) : 0);
		view += extent.views;
	});
	return { rows: layout.rows, columns };
}

/** The one column of a dictionary. Its values have the type of the field. */
export function valuesOf(batch: Table, body: Buffer, { kind }: Field, buffers: number): Column {
	const { columns } = columnsOf(batch, body, [{ extent: { nodes: 1, buffers, views: 0 } }], [0]);
	if (!columns[0]) throw new Damaged(`a dictionary of type ${kind} is empty`);
	return columns[0];
}
