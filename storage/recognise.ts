// SPDX-License-Identifier: Apache-2.0
/**
 * Recognises a file before it is replaced. The DuckDB that opens it may open no other file, and only the names and
 * types of its tables are read. Nothing that the file carries (views, macros) is run.
 */
import { lstatSync } from "node:fs";
import { resolve } from "node:path";
import type { DuckDBConnection, DuckDBValue } from "@duckdb/node-api";
import { messageOf } from "../base/errors.js";
import { isDuckDB, lockHolder, logPlaces } from "./file.js";
import { statOf } from "./given.js";
import { shutOff } from "./shut-off.js";
import { name, type Sql, sql, text } from "./sql.js";
import { maxCharacters } from "./words.js";

export type Kind =
	/** A recording of any format. begun: it has a tick 0. */
	| {
			readonly kind: "recording";
			readonly begun: boolean;
			readonly format: number;
			/** Version of the countersink that wrote it. */
			readonly version: string;
			/** How it ended; null where it was not finalised. */
			readonly ended: string | null;
	  }
	/** Another process writes the file; holder is its number, or "" where that is not known. */
	| { readonly kind: "written"; readonly holder: string }
	/** Nothing was ever written to the file. */
	| { readonly kind: "empty" }
	/** Any other file. why: "" where it is not a DuckDB file. */
	| { readonly kind: "other"; readonly why: string };

/** Columns that recordings of all format versions have. */
const marks: Readonly<Record<string, readonly string[]>> = {
	recording: ["format_version:UINTEGER", "countersink_version:VARCHAR", "started_at:TIMESTAMP_NS", "ended:VARCHAR"],
	streams: ["name:VARCHAR", "period_ns:UBIGINT", "ticks_scheduled:UBIGINT"],
	gaps: ["stream:VARCHAR", "first_tick:UBIGINT", "ticks:UBIGINT", "reason:VARCHAR"],
};

/** The name under which the file is attached. */
const CATALOG = "the file being recognised";
const FILE = name(CATALOG);

export type Rows = readonly Record<string, DuckDBValue>[];
export type Ask = (statement: Sql) => Promise<Rows>;

/** Runs a statement of ours and gives its rows. */
export const asker =
	(connection: DuckDBConnection): Ask =>
	async (statement) =>
		(await connection.runAndReadAll(statement)).getRowObjects();

/** Runs statements of ours over one file, attached under the name that the parameter gives. No other file can be
 *  reached.
 *  @param writing allows what is needed to write to the file */
export async function withFile<T>(
	path: string,
	writing: boolean,
	use: (ask: Ask, catalog: string, connection: DuckDBConnection) => Promise<T>,
): Promise<T> {
	const { DuckDBInstance } = await import("@duckdb/node-api");
	const instance = await DuckDBInstance.create(":memory:", { threads: "1" });
	const connection = await instance.connect();
	const ask = asker(connection);
	const place = resolve(path);
	try {
		await ask(sql`SET temp_directory = ''`);
		for (const setting of shutOff([place, ...logPlaces(place)])) await ask(setting);
		await ask(writing ? sql`ATTACH ${text(place)} AS ${FILE}` : sql`ATTACH ${text(place)} AS ${FILE} (READ_ONLY)`);
		const made = await use(ask, CATALOG, connection);
		await ask(sql`DETACH ${FILE}`);
		return made;
	} finally {
		connection.closeSync();
		instance.closeSync();
	}
}

/** The longest word for how a recording ended. */
const MAX_WORD = 64;

/** What is wrong with the kind of the file or its log. Opening a pipe would block for ever. */
function irregular(path: string): string | null {
	for (const place of [path, ...logPlaces(path)]) {
		const stat = statOf(place, lstatSync);
		if (stat && !stat.isFile() && !(place === path && stat.isSymbolicLink())) return `${place} is not a regular file`;
	}
	return null;
}

async function look(ask: Ask): Promise<Kind> {
	const columns = await ask(sql`SELECT table_name, column_name || ':' || data_type AS typed FROM duckdb_columns()
		WHERE database_name = ${text(CATALOG)} AND schema_name = 'main'`);
	const tables = await ask(
		sql`SELECT table_name FROM duckdb_tables() WHERE database_name = ${text(CATALOG)} AND schema_name = 'main'`,
	);
	if (columns.length === 0) return { kind: "empty" };
	const isThere = (table: string, typed: string): boolean =>
		columns.some((column) => column.table_name === table && column.typed === typed);
	for (const [table, wanted] of Object.entries(marks))
		if (!tables.some(({ table_name }) => table_name === table) || !wanted.every((typed) => isThere(table, typed)))
			return { kind: "other", why: `its table ${table} is missing, or is not that of a recording` };
	const [row] = await ask(
		sql`SELECT started_at IS NOT NULL AS begun, format_version AS format, left(countersink_version, ${maxCharacters.countersink_version}) AS version,
			left(ended, ${MAX_WORD}) AS ended FROM ${FILE}.main.recording`,
	);
	if (!row) return { kind: "other", why: "its table recording is empty" };
	return {
		kind: "recording",
		begun: row.begun === true,
		format: Number(row.format),
		version: String(row.version),
		ended: row.ended === null ? null : String(row.ended),
	};
}

/** Recognises a file. @throws where it cannot be read */
export async function recognise(path: string): Promise<Kind> {
	const why = irregular(path);
	if (why !== null) return { kind: "other", why };
	if (!isDuckDB(path)) return { kind: "other", why: "" };
	try {
		return await withFile(path, false, look);
	} catch (error) {
		const holder = lockHolder(messageOf(error));
		return holder === null ? { kind: "other", why: messageOf(error).split("\n")[0]! } : { kind: "written", holder };
	}
}
