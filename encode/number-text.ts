// SPDX-License-Identifier: Apache-2.0
/** Writes numbers as text, straight from 64-bit columns into bytes. A BigInt and a string for each value would cost
 *  ten times as much. */
import type { CellType } from "../kernel/source.js";
import type { Cells } from "../sampler/batch.js";

const SIZE = 1 << 18;
/** Bytes of the longest value: a double with its sign, point and exponent, or 20 digits. */
const MAX_VALUE_BYTES = 26;
const TWO_32 = 4_294_967_296;
/** Values whose high word is below this are exact as a double. */
const EXACT = 1 << 21;

/** The digits of 0 to 99. */
const tens = Uint8Array.from({ length: 100 }, (_, i) => 48 + Math.floor(i / 10));
const ones = Uint8Array.from({ length: 100 }, (_, i) => 48 + (i % 10));

function digitsOf(n: number): number {
	if (n < 10000) return n < 100 ? (n < 10 ? 1 : 2) : n < 1000 ? 3 : 4;
	if (n < 100000000) return n < 1000000 ? (n < 100000 ? 5 : 6) : n < 10000000 ? 7 : 8;
	return n < 1000000000 ? 9 : 10;
}

/** Where bytes go. They are taken before the promise resolves. */
export interface ByteSink {
	write(bytes: Uint8Array): Promise<void>;
}

/** Collects text and passes it on in pieces of 256 KiB. */
export class TextBuffer {
	readonly #bytes: Buffer;
	readonly #out: ByteSink;
	#length = 0;

	/** @param rowBytes length of the longest row */
	constructor(out: ByteSink, rowBytes: number) {
		this.#out = out;
		this.#bytes = Buffer.allocUnsafeSlow(SIZE + rowBytes);
	}

	/** Whether to flush. Ask this between rows: there may be no room for one more. */
	get full(): boolean {
		return this.#length >= SIZE;
	}

	async flush(): Promise<void> {
		await this.#out.write(this.#bytes.subarray(0, this.#length));
		this.#length = 0;
	}

	/** Writes a text of any length. */
	async text(text: string): Promise<void> {
		await this.flush();
		await this.#out.write(Buffer.from(text));
	}

	/** Writes one ASCII character. */
	byte(code: number): void {
		this.#bytes[this.#length++] = code;
	}

	/** Writes a few bytes that are used often. */
	bytes(bytes: Uint8Array): void {
		const to = this.#bytes;
		let at = this.#length;
		for (let i = 0; i < bytes.length; i++) to[at++] = bytes[i]!;
		this.#length = at;
	}

	/** Writes a short text of ASCII. */
	ascii(text: string): void {
		const to = this.#bytes;
		let at = this.#length;
		for (let i = 0; i < text.length; i++) to[at++] = text.charCodeAt(i);
		this.#length = at;
	}

	/** Writes a whole number from 0 to 2^32 - 1, padded with zeros to a width. */
	u32(n: number, width = digitsOf(n)): void {
		const to = this.#bytes;
		let at = this.#length + width;
		this.#length = at;
		for (let left = width; left > 1; left -= 2) {
			const rest = Math.floor(n / 100);
			const pair = n - rest * 100;
			to[--at] = ones[pair]!;
			to[--at] = tens[pair]!;
			n = rest;
		}
		if (width & 1) to[--at] = ones[n]!;
	}

	/** Writes a whole number from 0 to 2^53. */
	#whole(n: number): void {
		if (n < TWO_32) this.u32(n);
		else {
			const high = Math.floor(n / 1e8);
			this.u32(high);
			this.u32(n - high * 1e8, 8);
		}
	}

	/** @param words the two halves of each value, low first */
	u64(words: Uint32Array, values: BigUint64Array, row: number): void {
		const high = words[2 * row + 1]!;
		if (high < EXACT) this.#whole(high * TWO_32 + words[2 * row]!);
		else this.ascii(values[row]!.toString());
	}

	i64(words: Uint32Array, values: BigInt64Array, row: number): void {
		const high = words[2 * row + 1]! | 0;
		const n = high * TWO_32 + words[2 * row]!;
		if (high < -EXACT || high >= EXACT) this.ascii(values[row]!.toString());
		else if (n >= 0) this.#whole(n);
		else {
			this.byte(45);
			this.#whole(-n);
		}
	}

	/** Writes the shortest text that reads back as the same double. @param odd gives the text of a number that is not
	 *  finite */
	f64(n: number, odd: (n: number) => string): void {
		if (!Number.isFinite(n)) this.ascii(odd(n));
		else if (n === 0) this.ascii(Object.is(n, -0) ? "-0.0" : "0");
		else if (Number.isInteger(n) && n > 0 && n < TWO_32) this.u32(n);
		else this.ascii(String(n));
	}
}

/** Writes the value of one row, which must not be null. */
export type PutCell = (out: TextBuffer, row: number) => void;

/** The function that writes the cells of one column of a run of rows. */
export function cellsOf(type: CellType, { values }: Cells, odd: (n: number) => string): PutCell {
	const words = new Uint32Array(values.buffer, values.byteOffset, 2 * values.length);
	if (type === "u64") return (out, row) => out.u64(words, values as BigUint64Array, row);
	if (type === "i64") return (out, row) => out.i64(words, values as BigInt64Array, row);
	return (out, row) => out.f64((values as Float64Array)[row]!, odd);
}

/** Splits times into whole seconds and the nanoseconds after them. It divides only when a new second starts. */
export class Seconds {
	#begin_ns = 0n;
	#high = 0;
	#low = 0;
	/** Seconds since the epoch. */
	second = 0;
	nanosecond = -1;

	/** @param words the two halves of each time, low first */
	set(words: Uint32Array, times: BigInt64Array, row: number): void {
		const since = ((words[2 * row + 1]! | 0) - this.#high) * TWO_32 + (words[2 * row]! - this.#low);
		if (this.nanosecond >= 0 && since >= 0 && since < 1e9) {
			this.nanosecond = since;
			return;
		}
		const ns = times[row]!;
		const rest = ((ns % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n;
		this.#begin_ns = ns - rest;
		this.#high = Number(this.#begin_ns >> 32n);
		this.#low = Number(this.#begin_ns & 0xffffffffn);
		this.second = Number(this.#begin_ns / 1_000_000_000n);
		this.nanosecond = Number(rest);
	}
}

/** Writes times as DuckDB does, "2026-11-22 09:58:36.813710240" in UTC. */
export class Timestamps {
	readonly #seconds = new Seconds();
	#second = Number.NaN;
	#text = "";

	put(out: TextBuffer, words: Uint32Array, times: BigInt64Array, row: number): void {
		const seconds = this.#seconds;
		seconds.set(words, times, row);
		if (seconds.second !== this.#second) {
			this.#second = seconds.second;
			this.#text = `${new Date(1000 * seconds.second).toISOString().slice(0, 19).replace("T", " ")}.`;
		}
		out.ascii(this.#text);
		out.u32(seconds.nanosecond, 9);
	}
}

export const wordsOf = (values: BigUint64Array | BigInt64Array): Uint32Array =>
	new Uint32Array(values.buffer, values.byteOffset, 2 * values.length);

/** Bytes that a row of this many values needs, without the texts between them. */
export const rowBytes = (values: number): number => MAX_VALUE_BYTES * values + 32;
