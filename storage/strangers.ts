// SPDX-License-Identifier: Apache-2.0
/**
 * What the catalog of a file holds beside what countersink writes into a recording. None of it is evaluated when a recording is opened
 * or asked; but a user who gives statements the right to other files, or hands the file on, should have none of it in there.
 */
import type { StreamShape } from "../sampler/batch.js";
import type { Instance } from "./instance.js";
import { prelude } from "./prelude.js";
import { fixedStatements, fixedTables } from "./shape.js";
import { streamTables } from "./stream-tables.js";
import { type Sql, sql, text, texts } from "./sql.js";

export interface Stranger {
	readonly kind: "table" | "view" | "macro" | "type" | "sequence" | "index" | "schema";
	readonly name: string;
}

/** As DuckDB prints the views and macros of a database. */
const definitions = (database: Sql): Sql =>
	sql`SELECT 'view' AS kind, view_name AS name, sql AS definition FROM duckdb_views() WHERE database_name = ${database} AND schema_name = 'main' AND NOT internal
	UNION ALL SELECT 'macro', function_name, function_type || array_to_string(parameters, ',') || ' ' || macro_definition
		FROM duckdb_functions() WHERE database_name = ${database} AND schema_name = 'main' AND NOT internal`;

/** Of one recording that was attached as `database` and found right. Nothing of ours may be in memory yet.
 *  @returns by kind and name, each once */
export async function strangersOf(
	instance: Instance,
	database: string,
	streams: readonly StreamShape[],
): Promise<Stranger[]> {
	const own = text(database);
	const tables = texts([...fixedTables(), ...streams.map(({ name }) => name)]);
	const here = (columns: Sql, where: Sql): Sql => sql`SELECT ${columns} FROM ${where} WHERE database_name = ${own}`;
	await instance.run(sql`BEGIN`, ...fixedStatements(), ...streams.flatMap(streamTables));
	try {
		await instance.run(prelude());
		const result = await instance.connection.runAndReadAll(sql`SELECT DISTINCT kind, name FROM (
			SELECT kind, name FROM (${definitions(own)} EXCEPT ${definitions(sql`'memory'`)})
			UNION ALL ${here(sql`'table', table_name`, sql`duckdb_tables()`)} AND NOT (schema_name = 'main' AND list_contains(${tables}, table_name))
			UNION ALL ${here(sql`'view', view_name`, sql`duckdb_views()`)} AND NOT internal AND schema_name <> 'main'
			UNION ALL ${here(sql`'macro', function_name`, sql`duckdb_functions()`)} AND NOT internal AND schema_name <> 'main'
			UNION ALL ${here(sql`'type', type_name`, sql`duckdb_types()`)} AND NOT internal
			UNION ALL ${here(sql`'sequence', sequence_name`, sql`duckdb_sequences()`)}
			UNION ALL ${here(sql`'index', index_name`, sql`duckdb_indexes()`)}
			UNION ALL ${here(sql`'schema', schema_name`, sql`duckdb_schemas()`)} AND NOT internal
		) ORDER BY ALL`);
		return result.getRows().map(([kind, name]) => ({ kind: kind as Stranger["kind"], name: String(name) }));
	} finally {
		await instance.run(sql`ROLLBACK`);
	}
}
