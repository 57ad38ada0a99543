// SPDX-License-Identifier: Apache-2.0
/** A batch of rows as halves of 64 bits, low first, so that no value becomes a BigInt. */
import { type Block, type Cells as Column, isValid, partsOf } from "../../sampler/batch.js";

const halves = ({ buffer, byteOffset, byteLength }: NodeJS.ArrayBufferView): Uint32Array =>
	new Uint32Array(buffer, byteOffset, byteLength >>> 2);

export class Cells {
	/** Value r is at 2r and 2r + 1. */
	readonly stamps: Uint32Array;
	readonly values: readonly Uint32Array[];
	readonly #columns: readonly Column[];

	/** @param indices those counters of the stream */
	constructor(block: Block, indices: readonly number[]) {
		const { ts, counters } = partsOf(block);
		this.stamps = halves(ts);
		this.#columns = indices.map((i) => counters[i]!);
		this.values = this.#columns.map(({ values }) => halves(values));
	}

	/** Whether the value could be read. */
	has(column: number, row: number): boolean {
		return isValid(this.#columns[column]!, row);
	}
}
