// SPDX-License-Identifier: Apache-2.0
/** Flechette reads Arrow without code of ours or of apache-arrow. Its declarations do not pass our compiler, so what we
 *  use is declared here. */

export interface ArrowColumn extends Iterable<bigint | number | null> {
	/** The buffers as they were sent, by batch. */
	readonly data: readonly { readonly values: BigInt64Array }[];
	toArray(): BigUint64Array | BigInt64Array | Float64Array | Uint32Array;
}

export interface ArrowTable {
	readonly numRows: number;
	readonly schema: {
		readonly fields: readonly { readonly name: string; readonly metadata: Map<string, string> | null }[];
		readonly metadata: Map<string, string> | null;
	};
	getChild(name: string): ArrowColumn;
}

const name: string = "@uwdata/flechette";
const flechette = (await import(name)) as { tableFromIPC(bytes: Uint8Array, options: object): ArrowTable };

/** Reads a stream or a file. 64-bit integers, times and (without their scale) decimals become bigint. */
export const readArrow = (bytes: Uint8Array): ArrowTable =>
	flechette.tableFromIPC(bytes, { useBigInt: true, useDecimalInt: true });
