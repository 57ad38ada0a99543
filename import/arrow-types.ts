// SPDX-License-Identifier: Apache-2.0
/** Copies a column of each Arrow type into a DuckDB vector. Most types have the same bytes in both. Every length is
 *  checked before a copy, since the copy itself checks none. */
import duckdb, { type Vector } from "@duckdb/node-bindings";
import { type Sql, sql } from "../storage/sql.js";
import { type Column, tooShort } from "./arrow-batch.js";
import { type DictionaryOf, type Field, kind } from "./arrow-schema.js";
import { Damaged } from "./flatbuffer.js";

/** A column whose buffers were found to be long enough for its rows. */
export interface Checked {
	/** The same as in Column. */
	readonly validity: Buffer | null;
	/** Copies rows to the start of a vector. */
	copy(into: Vector, first: number, rows: number): void;
}

/** What the columns of texts have in common. */
export interface Texts {
	dictionary(id: number): readonly (string | null)[];
	/** Counts bytes of texts. A dictionary can turn few bytes into any number. */
	spend(bytes: number): void;
}

export interface Copy {
	/** The type in DuckDB. */
	readonly type: Sql;
	/** @throws Damaged when a buffer is shorter than the rows need, or refers to bytes outside itself */
	check(column: Column, texts: Texts): Checked;
}

function values({ rows, buffers }: Column, bits: number): Buffer {
	const bytes = buffers[0]!;
	if (bytes.length < Math.ceil((rows * bits) / 8)) throw tooShort("a buffer", bytes.length, rows);
	return bytes;
}

const isNull = ({ validity }: Pick<Checked, "validity">, row: number): boolean =>
	validity !== null && ((validity[row >> 3]! >> (row & 7)) & 1) === 0;

const bytes = (type: Sql, width: number): Copy => ({
	type,
	check(column) {
		const { buffer, byteOffset } = values(column, 8 * width);
		const copy: Checked["copy"] = (into, first, rows) =>
			duckdb.copy_data_to_vector(into, 0, buffer as ArrayBuffer, byteOffset + first * width, rows * width);
		return { validity: column.validity, copy };
	},
});

/** Converts one value at a time, for types whose bytes differ. */
const doubles = (width: number, read: (from: Buffer, place: number) => number): Copy => ({
	type: sql`DOUBLE`,
	check(column) {
		const from = values(column, 8 * width);
		const copy: Checked["copy"] = (into, first, rows) => {
			const all = Float64Array.from({ length: rows }, (_, i) => read(from, (first + i) * width));
			duckdb.copy_data_to_vector(into, 0, all.buffer, 0, all.byteLength);
		};
		return { validity: column.validity, copy };
	},
});

const flags: Copy = {
	type: sql`BOOLEAN`,
	check(column) {
		const from = values(column, 1);
		const copy: Checked["copy"] = (into, first, rows) => {
			const all = Uint8Array.from({ length: rows }, (_, i) => (from[(first + i) >> 3]! >> ((first + i) & 7)) & 1);
			duckdb.copy_data_to_vector(into, 0, all.buffer, 0, rows);
		};
		return { validity: column.validity, copy };
	},
};

/** Tells where the text of a row starts; for the row after the last, where the last text ends. */
type Offsets = (row: number) => number;

/** @param width length of an offset in bytes */
function offsetsOf({ rows, buffers }: Column, width: 4 | 8): Offsets {
	const [offsets, data] = [buffers[0]!, buffers[1]!];
	if (rows === 0) return () => 0;
	if (offsets.length < (rows + 1) * width) throw tooShort("a buffer of offsets", offsets.length, rows);
	const at: Offsets =
		width === 4 ? (row) => offsets.readInt32LE(4 * row) : (row) => Number(offsets.readBigInt64LE(8 * row));
	let last = 0;
	for (let row = 0; row <= rows; row++) {
		const offset = at(row);
		if (offset < last || offset > data.length)
			throw new Damaged(`row ${row} starts at byte ${offset} of ${data.length}, after one at ${last}`);
		last = offset;
	}
	return at;
}

/** The texts of a column, each read when it is asked for. */
export function textsOf(column: Column, large: boolean): (row: number) => Buffer {
	const at = offsetsOf(column, large ? 8 : 4);
	const data = column.buffers[1]!;
	return (row) => data.subarray(at(row), at(row + 1));
}

/** @param text the text of a row that is not null. DuckDB is given UTF-8, whatever its bytes are */
const strings = (validity: Buffer | null, text: (row: number) => string): Checked => ({
	validity,
	copy(into, first, rows) {
		for (let i = 0; i < rows; i++)
			if (!isNull({ validity }, first + i)) duckdb.vector_assign_string_element(into, i, text(first + i));
	},
});

const texts = (large: boolean): Copy => ({
	type: sql`VARCHAR`,
	check(column) {
		const text = textsOf(column, large);
		return strings(column.validity, (row) => text(row).toString("utf8"));
	},
});

function indexOf({ width, signed }: DictionaryOf, from: Buffer): (row: number) => number {
	if (width === 8) return (row) => Number(from.readBigInt64LE(8 * row));
	return signed ? (row) => from.readIntLE(width * row, width) : (row) => from.readUIntLE(width * row, width);
}

const words = (of: DictionaryOf): Copy => ({
	type: sql`VARCHAR`,
	check(column, { dictionary, spend }) {
		const index = indexOf(of, values(column, 8 * of.width));
		const all = dictionary(of.id);
		/* A dictionary may also hold a null. */
		const validity = Buffer.alloc(Math.ceil(column.rows / 8));
		for (let row = 0; row < column.rows; row++) {
			if (isNull(column, row)) continue;
			const place = index(row);
			if (!(place >= 0 && place < all.length))
				throw new Damaged(`row ${row} names text ${place} of a dictionary that has ${all.length}`);
			const word = all[place]!;
			if (word === null) continue;
			spend(word.length);
			validity[row >> 3]! |= 1 << (row & 7);
		}
		return strings(validity, (row) => all[index(row)]!);
	},
});

/** A decimal: two's complement, lowest byte first. */
function decimal(bits: number, scale: number): Copy {
	if (![32, 64, 128, 256].includes(bits) || Math.abs(scale) > 76)
		throw new Damaged(`a decimal of ${bits} bits and scale ${scale}`);
	return doubles(bits / 8, (from, place) => {
		let unsigned = 0n;
		for (let i = bits / 32 - 1; i >= 0; i--) unsigned = (unsigned << 32n) | BigInt(from.readUInt32LE(place + 4 * i));
		return Number(BigInt.asIntN(bits, unsigned)) / 10 ** scale;
	});
}

/** Reads an IEEE 754 binary16. */
function half(from: Buffer, place: number): number {
	const word = from.readUInt16LE(place);
	const [sign, exponent, fraction] = [word >> 15 ? -1 : 1, (word >> 10) & 31, word & 1023];
	if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
	return sign * (exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15));
}

const integers: Readonly<Record<number, readonly [signed: Sql, unsigned: Sql]>> = {
	8: [sql`TINYINT`, sql`UTINYINT`],
	16: [sql`SMALLINT`, sql`USMALLINT`],
	32: [sql`INTEGER`, sql`UINTEGER`],
	64: [sql`BIGINT`, sql`UBIGINT`],
};

/** Times by their unit: seconds, milliseconds, microseconds, nanoseconds. */
const times: readonly Sql[] = [sql`TIMESTAMP_S`, sql`TIMESTAMP_MS`, sql`TIMESTAMP`, sql`TIMESTAMP_NS`];
/** Floats by their precision. */
const floats: readonly Copy[] = [doubles(2, half), bytes(sql`FLOAT`, 4), bytes(sql`DOUBLE`, 8)];

function known<T>(found: T | undefined, what: string): T {
	if (found === undefined) throw new Damaged(`${what} is not known`);
	return found;
}

function integer(bits: number, signed: boolean): Copy {
	const [plain, unsigned] = known(integers[bits], `an integer of ${bits} bits`);
	return bytes(signed ? plain : unsigned, bits / 8);
}

/** How to copy a field; null where its values cannot be counters. @throws Damaged for an invalid type */
export function copyFor({ kind: of, type, dictionary }: Field): Copy | null {
	if (dictionary) return of === kind.utf8 || of === kind.largeUtf8 ? words(dictionary) : null;
	if (of === kind.int) return integer(type.i32(0), type.u8(1) !== 0);
	if (of === kind.float) return known(floats[type.i16(0)], `precision ${type.i16(0)}`);
	if (of === kind.timestamp) return bytes(known(times[type.i16(0)], `unit ${type.i16(0)} of times`), 8);
	if (of === kind.date) return type.i16(0, 1) === 0 ? bytes(sql`DATE`, 4) : bytes(sql`TIMESTAMP_MS`, 8);
	if (of === kind.decimal) return decimal(type.i32(2, 128), type.i32(1));
	if (of === kind.bool) return flags;
	if (of === kind.utf8 || of === kind.largeUtf8) return texts(of === kind.largeUtf8);
	return null;
}
