// SPDX-License-Identifier: Apache-2.0
/**
 * A Parquet file, changed in its footer, in the heads of its pages and in their values. The footer is Thrift's compact protocol: numbers
 * of variable length, a byte per field that holds its type and how far its id is from the one before. It stands before its length (4
 * bytes) and the magic word; a footer that became longer or shorter gets its length anew, or every reader stops there.
 */
import { editInPlace, rewrite } from "./bytes.js";
import type { Random } from "./random.js";

const MAGIC = "PAR1";
const TAIL = 8;

function parts(file: Buffer): { front: Buffer; footer: Buffer } {
	const end = file.length - TAIL;
	const from = end - file.readUInt32LE(end);
	return { front: file.subarray(0, from), footer: file.subarray(from, end) };
}

function joined(front: Buffer, footer: Buffer, length = footer.length): Buffer {
	const tail = Buffer.alloc(TAIL);
	tail.writeUInt32LE(length >>> 0);
	tail.write(MAGIC, 4);
	return Buffer.concat([front, footer, tail]);
}

const varint = (value: bigint): Buffer => {
	const bytes: number[] = [];
	for (let left = value; ; left >>= 7n) {
		if (left < 0x80n) return Buffer.from([...bytes, Number(left)]);
		bytes.push(Number(left & 0x7fn) | 0x80);
	}
};

const varints = [
	0n,
	1n,
	127n,
	1n << 20n,
	(1n << 31n) - 2n,
	(1n << 32n) - 2n,
	1n << 40n,
	1n << 62n,
	1n << 63n,
	(1n << 64n) - 1n,
	(1n << 70n) - 1n,
].map(varint);

/** Where a number of variable length stands, another one. */
function editVarint(random: Random, bytes: Buffer): Buffer {
	const at = random.below(bytes.length);
	let end = at;
	while (end < bytes.length - 1 && bytes[end]! >= 0x80) end++;
	return Buffer.concat([bytes.subarray(0, at), random.pick(varints), bytes.subarray(end + 1)]);
}

/** Structs and lists within each other, deeper than a reader's stack. */
const nest = (random: Random): Buffer =>
	Buffer.alloc(random.pick([1000, 100_000, 2_000_000]), random.pick([0x1c, 0x19, 0x2c, 0x1b]));

function insertNest(random: Random, bytes: Buffer): Buffer {
	const at = random.below(bytes.length);
	return Buffer.concat([bytes.subarray(0, at), nest(random), bytes.subarray(at)]);
}

/** A changed copy. */
export function mutateParquet(random: Random, original: Buffer): Buffer {
	const { front, footer } = parts(Buffer.from(original));
	const inPlace = (bytes: Buffer): Buffer => {
		editInPlace(random, bytes, { from: 0, to: bytes.length });
		return bytes;
	};
	return random.weighted<() => Buffer>([
		[6, () => joined(front, inPlace(footer))],
		[6, () => joined(front, editVarint(random, footer))],
		[2, () => joined(front, rewrite(random, footer))],
		[1, () => joined(front, insertNest(random, footer))],
		[1, () => joined(front, footer, random.pick([0, 1, footer.length - 1, footer.length + 1, 0x7fffffff, 0xffffffff]))],
		[4, () => joined(inPlace(front), footer)],
		[2, () => joined(editVarint(random, front), footer)],
		[1, () => joined(rewrite(random, front), footer)],
		[1, () => rewrite(random, Buffer.from(original))],
	])();
}
