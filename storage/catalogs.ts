// SPDX-License-Identifier: Apache-2.0
/** Under which name each of several recordings is reached in a statement. */
import { basename, extname } from "node:path";
import type { DuckDBConnection } from "@duckdb/node-api";
import { distinct, identifier } from "../base/text.js";

/** Schemas of every database, and databases that are always there: a name that is both cannot be told apart. */
const taken = ["main", "memory", "system", "temp", "information_schema", "pg_catalog"];

async function column(connection: DuckDBConnection, sql: string): Promise<string[]> {
	return (await connection.runAndReadAll(sql)).getRows().map(([value]) => String(value));
}

/** Names for recordings that are to be attached, after their files and all different; the one that is open keeps its own.
 *  @returns path by name, the open one first */
export async function catalogNames(
	connection: DuckDBConnection,
	path: string,
	others: readonly string[],
): Promise<Map<string, string>> {
	const [own] = await column(connection, "SELECT current_catalog()");
	/* A word of the language could be used in quotes only. */
	const keywords = await column(
		connection,
		"SELECT keyword_name FROM duckdb_keywords() WHERE keyword_category <> 'unreserved'",
	);
	const names = distinct(
		others.map((other) => identifier(basename(other, extname(other)), "r")),
		[own!, ...taken, ...keywords],
	);
	return new Map([[own!, path], ...names.map((name, i): [string, string] => [name, others[i]!])]);
}
