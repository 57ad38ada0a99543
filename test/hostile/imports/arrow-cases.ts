// SPDX-License-Identifier: Apache-2.0
/** Arrow whose counts and messages lie. */
import { base } from "../bases.js";
import { type HostileImport, written } from "./hostile-import.js";

/** The count of rows of the first batch, wherever its flatbuffer has it, becomes another. */
function claimRows(bytes: Buffer, rows: number, claimed: bigint): Buffer {
	const changed = Buffer.from(bytes);
	for (let at = 0; at + 8 <= changed.length; at += 4)
		if (changed.readBigUInt64LE(at) === BigInt(rows)) changed.writeBigUInt64LE(claimed, at);
	return changed;
}

const END_OF_STREAM = 8;

export function arrowBytes(): HostileImport[] {
	const made = (name: string, change: (bytes: Buffer) => Buffer): HostileImport[] =>
		["ours.arrows", "foreign.arrow"].map((file) => ({
			name: `${name}-${file.replace(".", "-")}`,
			make: (sandbox) => written(sandbox, `case${file.slice(file.indexOf("."))}`, change(base(file))),
		}));
	const beforeEnd = (bytes: Buffer, run: Buffer): Buffer =>
		Buffer.concat([bytes.subarray(0, bytes.length - END_OF_STREAM), run, bytes.subarray(-END_OF_STREAM)]);
	return [
		...[1n << 20n, 50_000_000n, 1n << 31n, 1n << 40n, (1n << 63n) - 1n].flatMap((rows) =>
			made(`arrow-claims-${rows}-rows`, (bytes) => claimRows(bytes, 200, rows)),
		),
		...[1, 4, 7, 8, 16, 1 << 20].flatMap((n) =>
			made(`arrow-${n}-zeros-before-the-end`, (bytes) => beforeEnd(bytes, Buffer.alloc(n))),
		),
		...[4, 8].flatMap((n) =>
			made(`arrow-${n}-ones-before-the-end`, (bytes) => beforeEnd(bytes, Buffer.alloc(n, 0xff))),
		),
		...made("arrow-without-its-end", (bytes) => bytes.subarray(0, bytes.length - END_OF_STREAM)),
		...made("arrow-endless-marks", (bytes) => Buffer.concat([bytes.subarray(0, 8), Buffer.alloc(1 << 20, 0xff)])),
		...made("arrow-twice", (bytes) => Buffer.concat([bytes, bytes])),
	];
}
