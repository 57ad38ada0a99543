// SPDX-License-Identifier: Apache-2.0
/** Chooses the schema names by which a statement reaches each of several recordings; they come from the names of the
 *  files. */
import { basename, extname } from "node:path";
import { distinct, identifier } from "../base/text.js";
import type { Instance } from "./instance.js";
import { sql } from "./sql.js";

/** Schemas of every database, and databases that always exist. DuckDB could not tell a schema of the same name
 *  apart. */
const taken = ["main", "memory", "system", "temp", "information_schema", "pg_catalog"];

/** The preferred name: that of the file up to the first dot, as DuckDB names a file that it opens. */
function ownName(path: string): string {
	const own = basename(path).split(".")[0] || "recording";
	return taken.includes(own.toLowerCase()) ? `${own}_2` : own;
}

/** Keywords. As a name a keyword could only be used in quotes. */
async function keywords({ connection }: Instance): Promise<string[]> {
	const result = await connection.runAndReadAll(
		sql`SELECT keyword_name FROM duckdb_keywords() WHERE keyword_category <> 'unreserved'`,
	);
	return result.getRows().map(([word]) => String(word));
}

/** @returns path by name; all names are different, the first recording comes first */
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
