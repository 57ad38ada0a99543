// SPDX-License-Identifier: Apache-2.0
/** Under which name each of several recordings is reached in a statement: a schema, named after the file. */
import { basename, extname } from "node:path";
import { distinct, identifier } from "../base/text.js";
import type { Instance } from "./instance.js";
import { sql } from "./sql.js";

/** Schemas of every database, and databases that are always there: a name that is both cannot be told apart. */
const taken = ["main", "memory", "system", "temp", "information_schema", "pg_catalog"];

/** The first keeps the name of its file up to the first dot, as DuckDB calls a file that it opens. */
function ownName(path: string): string {
	const own = basename(path).split(".")[0] || "recording";
	return taken.includes(own.toLowerCase()) ? `${own}_2` : own;
}

/** A word of the language could be used in quotes only. */
async function keywords({ connection }: Instance): Promise<string[]> {
	const result = await connection.runAndReadAll(
		sql`SELECT keyword_name FROM duckdb_keywords() WHERE keyword_category <> 'unreserved'`,
	);
	return result.getRows().map(([word]) => String(word));
}

/** @returns path by name, all different, the first one first */
export async function catalogNames(instance: Instance, paths: readonly string[]): Promise<Map<string, string>> {
	const [path, ...others] = paths;
	const own = ownName(path!);
	if (others.length === 0) return new Map([[own, path!]]);
	const names = distinct(
		others.map((other) => identifier(basename(other, extname(other)), "r")),
		[own, own.toLowerCase(), ...taken, ...(await keywords(instance))],
	);
	return new Map([[own, path!], ...names.map((name, i): [string, string] => [name, others[i]!])]);
}
