// SPDX-License-Identifier: Apache-2.0
/** Reads exports back with readers that are not ours, each as columns of bigint, number or null, to be compared bit by
 *  bit. */
import { readFileSync } from "node:fs";
import { DuckDBInstance } from "@duckdb/node-api";
import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } from "hyparquet";
import { compressors } from "hyparquet-compressors";
import { text as literal } from "../../storage/sql.js";
import { type ArrowTable, readArrow } from "./flechette.js";

export type Cell = bigint | number | null;
export type Columns = Record<string, Cell[]>;

type Reader = (path: string) => Promise<Columns>;

/** A double by its bits, so that -0 and NaN are told apart. */
export const bits = (n: number): bigint => new BigUint64Array(Float64Array.of(n).buffer)[0]!;
const comparable = (value: unknown): Cell => (typeof value === "number" ? bits(value) : (value as Cell));

function toColumns(rows: readonly Record<string, unknown>[]): Columns {
	const names = Object.keys(rows[0] ?? {});
	return Object.fromEntries(names.map((name) => [name, rows.map((row) => comparable(row[name] ?? null))]));
}

const parquet: Reader = async (path) => {
	const file = await asyncBufferFromFile(path);
	/* The default would be a Date, which has no nanoseconds. */
	const parsers = { timestampFromNanoseconds: (ns: bigint) => ns };
	return toColumns(await parquetReadObjects({ file, compressors, parsers }));
};

/** The metadata in the footer beside the schema. */
export async function parquetMetadata(path: string): Promise<Record<string, string>> {
	const { key_value_metadata } = await parquetMetadataAsync(await asyncBufferFromFile(path));
	return Object.fromEntries((key_value_metadata ?? []).map(({ key, value }) => [key, value ?? ""]));
}

/* A time is taken as it is stored; as a value it would be milliseconds. */
const cellsOf = (table: ArrowTable, name: string): Cell[] =>
	name === "ts"
		? table.getChild(name).data.flatMap(({ values }) => [...values])
		: [...table.getChild(name)].map(comparable);

const arrow: Reader = async (path) => {
	const table = readArrow(readFileSync(path));
	const names = table.schema.fields.map(({ name }) => name);
	return Object.fromEntries(names.map((name) => [name, cellsOf(table, name)]));
};

/** Runs one SELECT in a DuckDB of the test, with times as nanoseconds since the epoch. */
export async function selectFrom(sql: string): Promise<Columns> {
	const instance = await DuckDBInstance.create(":memory:");
	const connection = await instance.connect();
	try {
		const result = await connection.runAndReadAll(sql);
		return toColumns(result.getRowObjects());
	} finally {
		connection.closeSync();
		instance.closeSync();
	}
}

/** @param types types of the columns whose type the text does not tell */
const throughDuckDB =
	(from: (path: string) => string): Reader =>
	(path) =>
		selectFrom(`SELECT * REPLACE (epoch_ns(ts::TIMESTAMP_NS) AS ts) FROM ${from(literal(path))}`);

/** Types of the columns, as in {a: 'UBIGINT'}. */
export type SqlTypes = Readonly<Record<string, string>>;
const struct = (types: SqlTypes): string =>
	`{${Object.entries({ ts: "TIMESTAMP_NS", tick: "UBIGINT", read_ns: "UINTEGER", ...types })
		.map(([name, type]) => `${name}: '${type}'`)
		.join(", ")}}`;

/** Readers by the extension of the file. */
export const readers = (types: SqlTypes): Readonly<Record<string, Reader>> => ({
	parquet,
	arrow,
	arrows: arrow,
	csv: throughDuckDB((path) => `read_csv(${path}, columns = ${struct(types)})`),
	ndjson: throughDuckDB(
		(path) => `read_json(${path}, format = 'newline_delimited', columns = ${struct({ ...types, ts: "VARCHAR" })})`,
	),
});

/** The answer to a SELECT over a recording, in the same shape. */
export const fromRecording = (path: string, sql: string): Promise<Columns> =>
	selectFrom(`ATTACH ${literal(path)} AS rec (READ_ONLY); USE rec; ${sql}`);
