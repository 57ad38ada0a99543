// SPDX-License-Identifier: Apache-2.0
/** Any input into the staged rows. Arrow is read here; Parquet, CSV and NDJSON are read by DuckDB. */
import { createWriteStream } from "node:fs";
import { basename, extname, resolve } from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { failure, isDiskFull, messageOf, usageError } from "../base/errors.js";
import { identifier } from "../base/text.js";
import { literal } from "../storage/quote.js";
import { stageArrow } from "./arrow.js";
import { formatOf, headOf, type InputFormat } from "./format.js";
import { type Metadata, q, type Staging } from "./staging.js";

export interface Input {
	/** A path, or - for standard input. */
	readonly file: string;
	readonly stdin: Readable;
}

export interface Staged {
	readonly format: InputFormat;
	readonly metadata: Metadata;
	readonly leftOut: readonly string[];
}

const nothing: Metadata = { table: new Map(), columns: new Map(), batches: [] };

/** How sentences name it. */
export const nameOf = ({ file }: Input): string => (file === "-" ? "standard input" : file);

/** The source of counters that name none. */
export const sourceOf = ({ file }: Input): string =>
	identifier(file === "-" ? "imported" : basename(file, extname(file)), "file");

/** Looks at the first bytes of a stream and puts them back. */
async function peek(stdin: Readable): Promise<Uint8Array> {
	for await (const chunk of stdin.iterator({ destroyOnReturn: false })) {
		stdin.unshift(chunk);
		return (chunk as Buffer).subarray(0, 16);
	}
	return new Uint8Array(0);
}

/** What DuckDB says of a file, as one sentence. */
const unreadable = (name: string, error: unknown): unknown =>
	isDiskFull(error)
		? error
		: failure(
				`${name} is damaged, or cannot be read as what it seems to be (${messageOf(error).split("\n")[0]}); nothing was imported`,
			);

/** What kind of input it is; fails before anything is made. */
export async function look(input: Input): Promise<InputFormat> {
	const head = input.file === "-" ? await peek(input.stdin) : headOf(input.file);
	const format = formatOf(head, nameOf(input));
	if (format === "parquet" && input.file === "-") throw usageError("Parquet cannot be read from a pipe; name the file");
	return format;
}

/** @param progress called with the rows so far */
export async function stage(
	staging: Staging,
	input: Input,
	format: InputFormat,
	progress: (rows: number) => void,
): Promise<Staged> {
	const name = nameOf(input);
	if (format === "arrow") {
		const { metadata, leftOut } = await stageArrow(
			staging,
			input.file === "-" ? input.stdin : input.file,
			name,
			progress,
		);
		return { format, metadata, leftOut };
	}
	const path = input.file === "-" ? staging.place("spool") : resolve(input.file);
	if (input.file === "-") await pipeline(input.stdin, createWriteStream(path));
	await staging.allow([path]);
	try {
		if (format === "parquet") return { format, metadata: await stageParquet(staging, path), leftOut: [] };
		await (format === "csv" ? stageCsv(staging, path) : stageJson(staging, path));
		return { format, metadata: nothing, leftOut: [] };
	} catch (error) {
		throw unreadable(name, error);
	}
}

/** A view: Parquet can be read as often as is needed. */
async function stageParquet(staging: Staging, path: string): Promise<Metadata> {
	await staging.run(`CREATE VIEW staging.rows AS FROM read_parquet(${literal(path)})`);
	const rows = await staging.rows(
		`SELECT decode(key) AS key, decode(value) AS value FROM parquet_kv_metadata(${literal(path)})`,
	);
	const table = new Map(rows.map(({ key, value }) => [String(key), String(value)]));
	return { ...nothing, table, columns: describedColumns(table.get("counters")) };
}

/** @param text JSON: [{ "name": ..., "id": ..., ... }, ...] */
function describedColumns(text: string | undefined): Metadata["columns"] {
	if (text === undefined) return new Map();
	const columns = JSON.parse(text) as Record<string, unknown>[];
	const texts = (column: object) => new Map(Object.entries(column).map(([key, value]) => [key, String(value)]));
	return new Map(columns.map((column) => [String(column.name), texts(column)]));
}

/** DuckDB's own guesses, but times to the nanosecond, and whole numbers of 64 bits where it would take a double. */
async function stageCsv(staging: Staging, path: string): Promise<void> {
	const from = (options: string): string => `read_csv(${literal(path)}, ${options})`;
	const columns = await staging.columns(from("sample_size = -1"));
	const doubles = columns.filter(({ type }) => type === "DOUBLE").map(({ name }) => name);
	const types = columns.filter(({ type }) => type === "TIMESTAMP").map(({ name }) => [name, "TIMESTAMP_NS"]);
	if (doubles.length > 0) {
		const whole = await staging.row(
			`SELECT ${doubles.map((name) => `bool_and(regexp_full_match(${q(name)}, '[0-9]{1,20}') AND try_cast(${q(name)} AS UBIGINT) IS NOT NULL) FILTER (${q(name)} IS NOT NULL) AS ${q(name)}`).join(", ")}
			FROM ${from("sample_size = -1, all_varchar = true")}`,
		);
		types.push(...doubles.filter((name) => whole[name] === true).map((name) => [name, "UBIGINT"]));
	}
	const overrides = types.map(([name, type]) => `${literal(name!)}: '${type}'`).join(", ");
	await staging.run(
		`CREATE TABLE staging.rows AS FROM ${from(`sample_size = -1${overrides && `, types = {${overrides}}`}`)}`,
	);
}

/** The same for objects, whose types have to be given for all columns or none. */
async function stageJson(staging: Staging, path: string): Promise<void> {
	const from = (options: string): string => `read_json(${literal(path)}, format = 'newline_delimited', ${options})`;
	const columns = await staging.columns(from("sample_size = -1"));
	const types = columns.map(
		({ name, type }) => `${literal(name)}: '${type === "TIMESTAMP" ? "TIMESTAMP_NS" : type.replaceAll("'", "''")}'`,
	);
	await staging.run(`CREATE TABLE staging.rows AS FROM ${from(`columns = {${types.join(", ")}}`)}`);
}
