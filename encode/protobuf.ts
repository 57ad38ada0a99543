// SPDX-License-Identifier: Apache-2.0
/**
 * Writes protocol buffers, in two ways. `number`, `text` and `message` build small messages as values, where speed
 * does not matter. `putVarint` and its like write into a buffer at a position and return the next position, where it
 * does. Source of the wire format: protobuf.dev/programming-guides/encoding.
 */

const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;

const UINT32 = 2 ** 32;
const SIGN = 0x80;

/** The tag of a field with a varint (integers, enums, booleans). */
export const varintTag = (field: number): number => (field << 3) | VARINT;
/** The tag of a field with a double. */
export const fixed64Tag = (field: number): number => (field << 3) | FIXED64;
/** The tag of a field with a text, bytes or a message. */
export const bytesTag = (field: number): number => (field << 3) | BYTES;

/** Bytes of the longest varint. */
export const VARINT_BYTES = 10;

/** @param value a whole number from 0 to 2^53. */
export function putVarint(bytes: Uint8Array, at: number, value: number): number {
	if (value < SIGN) {
		bytes[at] = value;
		return at + 1;
	}
	if (value < 2 ** 31) return putSmall(bytes, at, value | 0);
	return putHalves(bytes, at, value >>> 0, Math.floor(value / UINT32));
}

function putSmall(bytes: Uint8Array, at: number, value: number): number {
	let rest = value;
	let next = at;
	while (rest >= SIGN) {
		bytes[next++] = (rest & 0x7f) | SIGN;
		rest >>>= 7;
	}
	bytes[next++] = rest;
	return next;
}

/** Writes a 64-bit pattern, given as two unsigned halves, as int64 and uint64 fields take it. */
export function putHalves(bytes: Uint8Array, at: number, low: number, high: number): number {
	let lower = low;
	let upper = high;
	let next = at;
	while (upper !== 0) {
		bytes[next++] = (lower & 0x7f) | SIGN;
		lower = ((lower >>> 7) | (upper << 25)) >>> 0;
		upper >>>= 7;
	}
	while (lower >= SIGN) {
		bytes[next++] = (lower & 0x7f) | SIGN;
		lower >>>= 7;
	}
	bytes[next++] = lower;
	return next;
}

/** Writes an int64 between -2^53 and 2^53. A negative one takes all ten bytes. */
export function putSigned(bytes: Uint8Array, at: number, value: number): number {
	return value >= 0 ? putVarint(bytes, at, value) : putHalves(bytes, at, value >>> 0, Math.floor(value / UINT32) >>> 0);
}

export type Part = Uint8Array;

function varint(value: number | bigint): Part {
	const bytes = new Uint8Array(VARINT_BYTES);
	const pattern = BigInt.asUintN(64, BigInt(value));
	return bytes.subarray(0, putHalves(bytes, 0, Number(pattern & 0xffffffffn), Number(pattern >> 32n)));
}

const withLength = (field: number, content: Uint8Array): Part =>
	Buffer.concat([varint(bytesTag(field)), varint(content.length), content]);

/** A field with an integer, an enum or (as 0 or 1) a boolean. */
export const number = (field: number, value: number | bigint): Part =>
	Buffer.concat([varint(varintTag(field)), varint(value)]);
export const text = (field: number, value: string): Part => withLength(field, Buffer.from(value));
export const message = (field: number, ...parts: readonly Part[]): Part => withLength(field, Buffer.concat(parts));

export function double(field: number, value: number): Part {
	const content = Buffer.alloc(8);
	content.writeDoubleLE(value);
	return Buffer.concat([varint(fixed64Tag(field)), content]);
}
