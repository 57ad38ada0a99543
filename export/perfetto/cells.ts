// SPDX-License-Identifier: Apache-2.0
/** A batch of rows as halves of 64 bits, low first, so that no value becomes a BigInt. */
import type { ColumnRows, Rows } from "../input.js";

const halves = ({ buffer, byteOffset, byteLength }: NodeJS.ArrayBufferView): Uint32Array =>
	new Uint32Array(buffer, byteOffset, byteLength >>> 2);

export class Cells {
	/** Value r is at 2r and 2r + 1. */
	readonly stamps: Uint32Array;
	readonly values: readonly Uint32Array[];
	readonly #validity: readonly (Uint8Array | null)[];

	constructor(rows: Rows, columns: readonly ColumnRows[]) {
		this.stamps = halves(rows.ts);
		this.values = columns.map(({ values }) => halves(values));
		this.#validity = columns.map(({ validity }) => validity);
	}

	/** Whether the value could be read. */
	has(column: number, row: number): boolean {
		const bits = this.#validity[column]!;
		return bits === null || ((bits[row >> 3]! >> (row & 7)) & 1) === 1;
	}
}
