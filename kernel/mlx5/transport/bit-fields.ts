// SPDX-License-Identifier: Apache-2.0
/**
 * Layouts of mailboxes as data. A field is its first bit and its number of bits. Bit 0 is the highest bit of byte 0,
 * and numbers are big-endian: that is how the firmware's documents draw them.
 */
import { failure } from "../../../base/errors.js";

/** First bit, and number of bits: 1 to 32. */
export type Field = readonly [bit: number, bits: number];
export type Layout = Readonly<Record<string, Field>>;
export type Values<L extends Layout> = { readonly [name in keyof L]: number };

/** Field at a byte offset, of whole bytes. */
export const u8 = (byte: number): Field => [8 * byte, 8];
export const u16 = (byte: number): Field => [8 * byte, 16];
export const u32 = (byte: number): Field => [8 * byte, 32];
/** Bits high to low of the 32-bit word at a byte offset, numbered as documents of registers do: 31 is the highest. */
export const bits = (byte: number, high: number, low: number): Field => [8 * byte + 31 - high, high - low + 1];
export const bit = (byte: number, number: number): Field => bits(byte, number, number);

/** The same field in a structure that starts at another byte. */
const moved = ([first, count]: Field, byte: number): Field => [first + 8 * byte, count];

/** Bytes that a structure with these fields needs. */
export const bytesOf = (layout: Layout): number =>
	Math.max(0, ...Object.values(layout).map(([first, count]) => Math.ceil((first + count) / 8)));

function getBits(bytes: Uint8Array, [first, count]: Field): number {
	let value = 0;
	for (let at = first; at < first + count; at++) value = value * 2 + ((bytes[at >> 3]! >> (7 - (at & 7))) & 1);
	return value;
}

function setBits(bytes: Uint8Array, [first, count]: Field, value: number): void {
	for (let i = 0; i < count; i++) {
		const at = first + count - 1 - i;
		const mask = 0x80 >> (at & 7);
		if (Math.floor(value / 2 ** i) % 2) bytes[at >> 3]! |= mask;
		else bytes[at >> 3]! &= ~mask;
	}
}

/** Reads every field of a structure that starts at byte `at`. Throws where the bytes end before the structure does. */
export function decode<L extends Layout>(layout: L, bytes: Uint8Array, at = 0): Values<L> {
	if (at + bytesOf(layout) > bytes.length)
		throw failure(
			`the device's answer ends after ${bytes.length} bytes where ${at + bytesOf(layout)} are needed; its firmware does not follow the published layout`,
		);
	const entries = Object.entries(layout).map(([name, field]) => [name, getBits(bytes, moved(field, at))]);
	return Object.fromEntries(entries) as Values<L>;
}

/** Writes fields of a structure that starts at byte `at`. Fields that are not named keep their bits. */
export function encode<L extends Layout>(layout: L, values: Partial<Values<L>>, bytes: Uint8Array, at = 0): void {
	for (const [name, value] of Object.entries(values) as [string, number][]) {
		const field = layout[name]!;
		if (!Number.isInteger(value) || value < 0 || value >= 2 ** field[1])
			throw failure(`${value} does not fit the ${field[1]} bits of ${name} in a mailbox of the device`);
		setBits(bytes, moved(field, at), value);
	}
}
