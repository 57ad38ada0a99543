// SPDX-License-Identifier: Apache-2.0
/**
 * Reads flatbuffers that a stranger wrote (https://flatbuffers.dev/internals): every offset and length is checked against the bytes
 * there are, and the same bytes cannot be read over and over, as tables that share their children would have it.
 *
 *   root      u32 distance to a table
 *   table     i32 distance back to its vtable, then its fields
 *   vtable    u16 bytes of itself, u16 bytes of the table, then for each field u16 its place in the table; 0: the default
 *   vector    u32 number of elements, then these; of tables and strings a u32 distance each
 *   string    a vector of bytes, UTF-8
 */

/** The bytes are not what they should be. The message is a part of a sentence. */
export class Damaged extends Error {}

/** How much may be read of one buffer, in bytes: several times its length, since writers may share what is equal. */
const REPEATS = 16;
const SLACK = 65_536;
/** What a look at a table or an element is counted as, at least. */
const LOOK = 8;

interface Bytes {
	readonly view: DataView;
	left: number;
}

export interface Vector {
	/** Of its first element. */
	readonly place: number;
	readonly length: number;
}

export class Table {
	readonly #bytes: Bytes;
	readonly #place: number;
	readonly #vtable: number;
	readonly #vtableBytes: number;

	private constructor(bytes: Bytes, place: number) {
		this.#bytes = bytes;
		this.#place = place;
		this.#spend(LOOK);
		this.#vtable = place - this.#at(place, 4).getInt32(place, true);
		this.#vtableBytes = this.#at(this.#vtable, 4).getUint16(this.#vtable, true);
		this.#at(this.#vtable, this.#vtableBytes);
	}

	/** @throws Damaged, as every method does, where the bytes make no sense */
	static root(bytes: Uint8Array): Table {
		if (bytes.length < 4) throw new Damaged("a message has no content");
		const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
		return new Table({ view, left: REPEATS * bytes.length + SLACK }, view.getUint32(0, true));
	}

	#spend(bytes: number): void {
		this.#bytes.left -= bytes;
		if (this.#bytes.left < 0) throw new Damaged("a message repeats itself");
	}

	/** The view, when it holds these bytes. */
	#at(place: number, bytes: number): DataView {
		const { view } = this.#bytes;
		if (place < 0 || place + bytes > view.byteLength) throw new Damaged("a message points out of itself");
		return view;
	}

	/** Where the field is; 0: it has its default. */
	#field(index: number): number {
		const slot = 4 + 2 * index;
		if (slot + 2 > this.#vtableBytes) return 0;
		const distance = this.#bytes.view.getUint16(this.#vtable + slot, true);
		return distance === 0 ? 0 : this.#place + distance;
	}

	#follow(place: number): number {
		return place + this.#at(place, 4).getUint32(place, true);
	}

	u8(index: number): number {
		const place = this.#field(index);
		return place === 0 ? 0 : this.#at(place, 1).getUint8(place);
	}

	i16(index: number, otherwise = 0): number {
		const place = this.#field(index);
		return place === 0 ? otherwise : this.#at(place, 2).getInt16(place, true);
	}

	i32(index: number, otherwise = 0): number {
		const place = this.#field(index);
		return place === 0 ? otherwise : this.#at(place, 4).getInt32(place, true);
	}

	/** A number of 64 bits; what a double does not hold exactly is no length, count or id. */
	i64(index: number): number {
		const place = this.#field(index);
		return place === 0 ? 0 : this.i64At(place);
	}

	i64At(place: number): number {
		const value = Number(this.#at(place, 8).getBigInt64(place, true));
		if (!Number.isSafeInteger(value)) throw new Damaged(`a message says ${value} of a length`);
		return value;
	}

	table(index: number): Table | null {
		const place = this.#field(index);
		return place === 0 ? null : new Table(this.#bytes, this.#follow(place));
	}

	/** @param bytes of an element; what is not there is empty */
	vector(index: number, bytes: number): Vector {
		const field = this.#field(index);
		if (field === 0) return { place: 0, length: 0 };
		const start = this.#follow(field);
		const length = this.#at(start, 4).getUint32(start, true);
		this.#at(start + 4, length * bytes);
		this.#spend(length * bytes);
		return { place: start + 4, length };
	}

	tables(index: number): Table[] {
		const { place, length } = this.vector(index, 4);
		return Array.from({ length }, (_, i) => new Table(this.#bytes, this.#follow(place + 4 * i)));
	}

	/** "" where there is none. */
	string(index: number): string {
		const { place, length } = this.vector(index, 1);
		const { view } = this.#bytes;
		return Buffer.from(view.buffer as ArrayBuffer, view.byteOffset + place, length).toString("utf8");
	}
}
