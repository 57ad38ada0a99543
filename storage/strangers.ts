// SPDX-License-Identifier: Apache-2.0
/**
 * Finds what the catalog of a file holds beside what countersink writes. None of it is evaluated when a recording is
 * opened or asked. But a user who gives statements the right to other files, or passes the file on, should know that it
 * holds nothing else.
 */
import type { StreamShape } from "../sampler/batch.js";
import type { Instance } from "./instance.js";
import { prelude } from "./macro-files.js";
import { fixedStatements, fixedTables } from "./shape.js";
import { join, type Sql, sql, text, texts } from "./sql.js";
import { streamTables } from "./stream-tables.js";

export interface Stranger {
	readonly kind: "table" | "view" | "macro" | "type" | "sequence" | "index" | "schema";
	readonly name: string;
}

/** SQL for kind, name and definition of the views and macros of a database, as DuckDB prints them. */
const definitions = (database: Sql): Sql =>
	sql`SELECT 'view', view_name, sql FROM duckdb_views() WHERE database_name = ${database} AND schema_name = 'main' AND NOT internal
	UNION ALL SELECT 'macro', function_name, function_type || array_to_string(parameters, ',') || ' ' || macro_definition
		FROM duckdb_functions() WHERE database_name = ${database} AND schema_name = 'main' AND NOT internal`;

/** SQL for kind and name of everything else, except our tables. */
function others(own: Sql, tables: Sql): Sql {
	const here = (kind: Sql, column: Sql, where: Sql, also: Sql): Sql =>
		sql`SELECT ${kind} AS kind, ${column} AS name FROM ${where} WHERE database_name = ${own} AND ${also}`;
	const elsewhere = sql`NOT internal AND schema_name <> 'main'`;
	const all = [
		here(
			sql`'table'`,
			sql`table_name`,
			sql`duckdb_tables()`,
			sql`NOT (schema_name = 'main' AND list_contains(${tables}, table_name))`,
		),
		here(sql`'view'`, sql`view_name`, sql`duckdb_views()`, elsewhere),
		here(sql`'macro'`, sql`function_name`, sql`duckdb_functions()`, elsewhere),
		here(sql`'type'`, sql`type_name`, sql`duckdb_types()`, sql`NOT internal`),
		here(sql`'sequence'`, sql`sequence_name`, sql`duckdb_sequences()`, sql`true`),
		here(sql`'index'`, sql`index_name`, sql`duckdb_indexes()`, sql`true`),
		here(sql`'schema'`, sql`schema_name`, sql`duckdb_schemas()`, sql`NOT internal`),
	];
	return join(all, sql` UNION ALL `);
}

/** The definition with the names of EXCLUDE in order, since DuckDB keeps them in any order. */
const inOrder = (definition: string): string =>
	definition.replace(/EXCLUDE \(([^()]*)\)/g, (_, names: string) => `EXCLUDE (${names.split(", ").sort().join(", ")})`);

async function asked({ connection }: Instance, statement: Sql): Promise<string[][]> {
	return (await connection.runAndReadAll(statement)).getRows().map((row) => row.map(String));
}

const inMemory = sql`'memory'`;

/** The strangers in one recording that was attached as `database` and passed all checks. Memory must hold nothing of
 *  ours yet.
 *  @returns kind and name of each, once */
export async function strangersOf(
	instance: Instance,
	database: string,
	streams: readonly StreamShape[],
): Promise<Stranger[]> {
	const own = text(database);
	const tables = texts([...fixedTables(), ...streams.map(({ name }) => name)]);
	await instance.run(sql`BEGIN`, ...fixedStatements(), ...streams.flatMap((stream) => streamTables(stream)), prelude());
	try {
		const key = ([kind, name, definition]: readonly string[]): string => `${kind} ${name} ${inOrder(definition!)}`;
		const ours = new Set((await asked(instance, definitions(inMemory))).map(key));
		const defined = (await asked(instance, definitions(own))).filter((row) => !ours.has(key(row)));
		const found = [...defined, ...(await asked(instance, others(own, tables)))];
		const each = new Map(
			found.map(([kind, name]) => [`${kind} ${name}`, { kind: kind as Stranger["kind"], name: name! }]),
		);
		return [...each.values()];
	} finally {
		await instance.run(sql`ROLLBACK`);
	}
}
