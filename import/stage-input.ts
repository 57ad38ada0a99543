// SPDX-License-Identifier: Apache-2.0
/** Stages any input. Arrow is read here; DuckDB reads Parquet, CSV and NDJSON. */
import { createWriteStream } from "node:fs";
import { basename, extname, resolve } from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { CountersinkError, failure, isDiskFull, messageOf, usageError } from "../base/errors.js";
import { identifier } from "../base/text.js";
import { formatCount } from "../base/units.js";
import { join, name as quoted, type Sql, sql, text } from "../storage/sql.js";
import { formatOf, headOf, type InputFormat } from "./input-format.js";
import { stageArrow } from "./stage-arrow.js";
import { stageParquet } from "./stage-parquet.js";
import { isStaged, type Metadata, type StagedColumn, type Staging } from "./staging.js";
import { checkCsvHead, checkJsonLines, MAX_CSV_LINE, MAX_JSON_LINE, MAX_WIDTH } from "./text-limits.js";

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

/** The name of the input in sentences. */
export const nameOf = ({ file }: Input): string => (file === "-" ? "standard input" : file);

/** The source of counters whose columns name none. */
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

/** A message of DuckDB about a file, as one sentence. */
const unreadable = (name: string, error: unknown): unknown =>
	isDiskFull(error) || error instanceof CountersinkError
		? error
		: failure(
				`${name} is damaged, or its format is not the one it appears to have (${messageOf(error).split("\n")[0]}); nothing was imported`,
			);

/** Recognises the kind of input. Fails before anything is created. */
export async function look(input: Input): Promise<InputFormat> {
	const head = input.file === "-" ? await peek(input.stdin) : headOf(input.file);
	const format = formatOf(head, nameOf(input));
	if (format === "parquet" && input.file === "-") throw usageError("Parquet cannot be read from a pipe; name the file");
	return format;
}

/** The file that DuckDB reads; null for Arrow, which is read here. */
export function fileFor({ file }: Input, format: InputFormat, place: (name: string) => string): string | null {
	if (format === "arrow") return null;
	return file === "-" ? place("spool") : resolve(file);
}

/** @param progress called with the rows so far */
export async function stage(
	staging: Staging,
	input: Input,
	format: InputFormat,
	progress: (rows: number) => void,
): Promise<Staged> {
	const name = nameOf(input);
	const path = fileFor(input, format, (file) => staging.place(file));
	if (path === null) {
		const from = input.file === "-" ? input.stdin : input.file;
		return { format, ...(await stageArrow(staging, from, name, progress)) };
	}
	if (input.file === "-") await pipeline(input.stdin, watched(staging), createWriteStream(path));
	try {
		if (format === "parquet") return { format, ...(await stageParquet(staging, path, name)) };
		const leftOut = await (format === "csv" ? stageCsv : stageJson)(staging, path, name);
		return { format, metadata: nothing, leftOut };
	} catch (error) {
		throw unreadable(name, error);
	}
}

/** Checks the room with each chunk, so that an endless stream does not fill the disk. */
const watched = (staging: Staging) =>
	async function* (chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
		for await (const chunk of chunks) {
			staging.checkRoom();
			yield chunk;
		}
	};

function checkWidth(columns: readonly StagedColumn[], name: string): void {
	if (columns.length > MAX_WIDTH)
		throw usageError(
			`${name} has ${formatCount(columns.length)} columns, and at most ${formatCount(MAX_WIDTH)} are read; import it in parts`,
		);
}

/** Stages CSV by DuckDB's guesses, except that times are exact to the nanosecond and whole numbers of 64 bits are not
 *  doubles. */
async function stageCsv(staging: Staging, path: string, name: string): Promise<string[]> {
	await checkCsvHead(path, name);
	const from = (options: Sql): Sql =>
		sql`read_csv(${text(path)}, compression = 'none', max_line_size = ${MAX_CSV_LINE}, sample_size = -1${options})`;
	const columns = await staging.columns(from(sql``));
	checkWidth(columns, name);
	const doubles = columns.filter(({ type }) => type === "DOUBLE").map((column) => column.name);
	const overrides = columns
		.filter(({ type }) => type === "TIMESTAMP")
		.map((column) => sql`${text(column.name)}: 'TIMESTAMP_NS'`);
	if (doubles.length > 0) {
		const whole = await staging.row(sql`SELECT ${join(doubles.map(isWhole))} FROM ${from(sql`, all_varchar = true`)}`);
		overrides.push(
			...doubles.filter((_, i) => whole[`whole${i}`] === true).map((column) => sql`${text(column)}: 'UBIGINT'`),
		);
	}
	const types = overrides.length > 0 ? sql`, types = {${join(overrides)}}` : sql``;
	await staging.run(sql`CREATE TABLE staging.rows AS FROM ${from(types)}`);
	return [];
}

function isWhole(column: string, i: number): Sql {
	const value = quoted(column);
	return sql`bool_and(regexp_full_match(${value}, '[0-9]{1,20}') AND try_cast(${value} AS UBIGINT) IS NOT NULL)
		FILTER (${value} IS NOT NULL) AS ${quoted(`whole${i}`)}`;
}

/** Stages NDJSON in the same way. DuckDB wants the types of all columns that are read. */
async function stageJson(staging: Staging, path: string, name: string): Promise<string[]> {
	await checkJsonLines(path, name);
	const from = (options: Sql): Sql =>
		sql`read_json(${text(path)}, compression = 'uncompressed', format = 'newline_delimited', maximum_object_size = ${MAX_JSON_LINE}, ${options})`;
	const columns = await staging.columns(from(sql`sample_size = -1`));
	checkWidth(columns, name);
	const types = columns
		.filter(isStaged)
		.map((column) => sql`${text(column.name)}: ${text(column.type === "TIMESTAMP" ? "TIMESTAMP_NS" : column.type)}`);
	if (types.length === 0) throw usageError(`${name} has no column of times or numbers, so there is nothing to count`);
	await staging.run(sql`CREATE TABLE staging.rows AS FROM ${from(sql`columns = {${join(types)}}`)}`);
	return columns.filter((column) => !isStaged(column)).map((column) => column.name);
}
