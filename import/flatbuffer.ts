// SPDX-License-Identifier: Apache-2.0
/**
 * Reads flatbuffers from strangers (https://flatbuffers.dev/internals). Every offset and length is checked against the
 * bytes that are there. Reading is bounded, too: tables that share their children could otherwise make the same bytes
 * be read over and over.
 *
 *   root      u32 distance to a table
 *   table     i32 distance back to its vtable, then its fields
 *   vtable    u16 bytes of itself, u16 bytes of the table, then u16 the place of each field in the table; 0: default
 *   vector    u32 number of elements, then these; of tables and strings a u32 distance each
 *   string    a vector of bytes, UTF-8
 */

/** Thrown where the bytes are not what they should be. The message is a part of a sentence. */
export class Damaged extends Error {}

/** How many bytes may be read of one buffer: several times its length, since writers may share what is equal. */
const REPEATS = 16;
const SLACK = 65_536;
/** The least that a look at a table or an element counts for, in bytes. */
const LOOK = 8;

interface Bytes {
	readonly view: DataView;
	left: number;
}

export interface Vector {
	/** Offset of its first element. */
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

	/** @throws Damaged, as every method does, where the bytes are invalid */
	static root(bytes: Uint8Array): Table {
		if (bytes.length < 4) throw new Damaged("a message has no content");
		const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
		return new Table({ view, left: REPEATS * bytes.length + SLACK }, view.getUint32(0, true));
	}

	#spend(bytes: number): void {
		this.#bytes.left -= bytes;
		if (this.#bytes.left < 0) throw new Damaged("a message repeats itself");
	}

	/** The view. @throws Damaged unless it holds these bytes */
	#at(place: number, bytes: number): DataView {
		const { view } = this.#bytes;
		if (place < 0 || place + bytes > view.byteLength) throw new Damaged("a message refers to bytes outside itself");
		return view;
	}

	/** Offset of a field; 0 where it has its default. */
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

	/** Reads a number of 64 bits. What a double does not hold exactly cannot be a length, a count or an id. */
	i64(index: number): number {
		const place = this.#field(index);
		return place === 0 ? 0 : this.i64At(place);
	}

	i64At(place: number): number {
		const value = Number(this.#at(place, 8).getBigInt64(place, true));
		if (!Number.isSafeInteger(value)) throw new Damaged(`a message claims a length of ${value}`);
		return value;
	}

	table(index: number): Table | null {
		const place = this.#field(index);
		return place === 0 ? null : new Table(this.#bytes, this.#follow(place));
	}

	/** @param bytes length of an element. A vector that is absent is empty */
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

	/** Reads a string; "" where it is absent. */
	string(index: number): string {
		const { place, length } = this.vector(index, 1);
		const { view } = this.#bytes;
		return Buffer.from(view.buffer as ArrayBuffer, view.byteOffset + place, length).toString("utf8");
	}
}
