// SPDX-License-Identifier: Apache-2.0
/** How a column of each Arrow type comes into a DuckDB vector: most have the same bytes in both. */
import duckdb, { type Vector } from "@duckdb/node-bindings";
import { type Vector as ArrowVector, type Data, DataType, DateUnit, Precision, TimeUnit } from "apache-arrow";

export interface Copy {
	/** Of DuckDB. */
	readonly type: string;
	rows(into: Vector, from: ArrowVector, data: Data, first: number, rows: number): void;
}

/* In apache-arrow the offset of a Data applies to its bitmap alone; the values begin with the first row. */
const bytes = (type: string): Copy => ({
	type,
	rows(into, _, { values, stride }, first, rows) {
		const width = values.BYTES_PER_ELEMENT * stride;
		duckdb.copy_data_to_vector(into, 0, values.buffer as ArrayBuffer, values.byteOffset + first * width, rows * width);
	},
});

/** One value at a time, where the bytes differ. */
const doubles = (read: (value: never) => number): Copy => ({
	type: "DOUBLE",
	rows(into, from, _, first, rows) {
		const values = Float64Array.from({ length: rows }, (_, i) => {
			const value = from.get(first + i);
			return value === null ? 0 : read(value as never);
		});
		duckdb.copy_data_to_vector(into, 0, values.buffer, 0, values.byteLength);
	},
});

const flags: Copy = {
	type: "BOOLEAN",
	rows(into, from, _, first, rows) {
		const values = Uint8Array.from({ length: rows }, (_, i) => (from.get(first + i) ? 1 : 0));
		duckdb.copy_data_to_vector(into, 0, values.buffer, 0, rows);
	},
};

const texts: Copy = {
	type: "VARCHAR",
	rows(into, from, _, first, rows) {
		for (let i = 0; i < rows; i++) {
			const value = from.get(first + i);
			if (value !== null) duckdb.vector_assign_string_element(into, i, String(value));
		}
	},
};

/** A decimal is four words of 32 bits, the lowest first, in two's complement. */
const decimal = (scale: number): Copy =>
	doubles((words: Uint32Array) => {
		const unsigned = words.reduceRight((sum, word) => (sum << 32n) | BigInt(word), 0n);
		return Number(BigInt.asIntN(32 * words.length, unsigned)) / 10 ** scale;
	});

const integers: Record<string, Copy> = Object.fromEntries(
	[8, 16, 32, 64].flatMap((bits, i) => {
		const name = ["TINYINT", "SMALLINT", "INTEGER", "BIGINT"][i]!;
		return [
			[`i${bits}`, bytes(name)],
			[`u${bits}`, bytes(`U${name}`)],
		];
	}),
);

const times: Record<TimeUnit, Copy> = {
	[TimeUnit.SECOND]: bytes("TIMESTAMP_S"),
	[TimeUnit.MILLISECOND]: bytes("TIMESTAMP_MS"),
	[TimeUnit.MICROSECOND]: bytes("TIMESTAMP"),
	[TimeUnit.NANOSECOND]: bytes("TIMESTAMP_NS"),
};

/** null: of such values there are no counters. */
export function copyFor(type: DataType): Copy | null {
	if (DataType.isInt(type)) return integers[`${type.isSigned ? "i" : "u"}${type.bitWidth}`]!;
	if (DataType.isFloat(type)) {
		if (type.precision === Precision.HALF) return doubles((value: number) => value);
		return bytes(type.precision === Precision.SINGLE ? "FLOAT" : "DOUBLE");
	}
	if (DataType.isTimestamp(type)) return times[type.unit];
	if (DataType.isDate(type)) return bytes(type.unit === DateUnit.DAY ? "DATE" : "TIMESTAMP_MS");
	if (DataType.isDecimal(type)) return decimal(type.scale);
	if (DataType.isBool(type)) return flags;
	if (DataType.isUtf8(type) || DataType.isLargeUtf8(type)) return texts;
	if (DataType.isDictionary(type) && DataType.isUtf8(type.dictionary)) return texts;
	return null;
}
