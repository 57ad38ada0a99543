// SPDX-License-Identifier: Apache-2.0
/** Gives recordings their names in statements: views of ours, in a schema of the memory database, over base tables and
 *  nothing else. */
import type { StreamShape } from "../sampler/batch.js";
import type { Instance } from "./instance.js";
import { fixedTables } from "./shape.js";
import { name, type Sql, sql } from "./sql.js";
import { streamTables } from "./stream-tables.js";

/** The name under which a recording is attached. Users never type it, and it is not searched. */
export const databaseOf = (schema: string): string => `recording ${schema}`;

/** A base table of the recording with this schema. */
export const baseTable = (schema: string, table: string): Sql => sql`${name(databaseOf(schema))}.main.${name(table)}`;

/** The parts of a recording from which its views are made. */
export interface Viewed {
	readonly streams: readonly StreamShape[];
	/** Tables of rows that are not yet in the table of their stream (tail-tables.ts). */
	readonly tails: ReadonlyMap<string, Sql>;
}

/** The name of the schema that holds these tables. */
export const tailSchema = (schema: string): string => `tail of ${schema}`;

/** Views for the current schema. The long views name their tables without a schema, and DuckDB searches the schema of
 *  the view. */
const viewsOf = (schema: string, recording: string, { streams, tails }: Viewed): Sql[] => [
	sql`USE memory.${name(schema)}`,
	...fixedTables().map((table) => sql`CREATE VIEW ${name(table)} AS FROM ${baseTable(recording, table)}`),
	...streams.map((stream) => {
		const tail = tails.get(stream.name);
		const table = baseTable(recording, stream.name);
		return sql`CREATE VIEW ${name(stream.name)} AS FROM ${table}${tail ? sql` UNION ALL FROM ${tail}` : sql``}`;
	}),
	...streams.map((stream) => streamTables(stream)[1]!),
];

export class Views {
	readonly #instance: Instance;
	readonly #recordings: ReadonlyMap<string, Viewed>;
	/** The schema named after the only recording, until a statement uses it. Creating views of a thousand counters takes
	 *  30 ms. */
	#unnamed: string | null = null;

	/** @param recordings streams by schema; names without a schema mean the first recording */
	constructor(instance: Instance, recordings: ReadonlyMap<string, Viewed>) {
		this.#instance = instance;
		this.#recordings = recordings;
	}

	async make(): Promise<void> {
		const [[first, viewed]] = [...this.#recordings] as [[string, Viewed]];
		if (this.#recordings.size === 1) this.#unnamed = first;
		else for (const schema of this.#recordings.keys()) await this.#makeNamed(schema);
		await this.#instance.run(sql`BEGIN`, ...viewsOf("main", first, viewed), sql`COMMIT`);
	}

	async #makeNamed(schema: string): Promise<void> {
		const views = viewsOf(schema, schema, this.#recordings.get(schema)!);
		await this.#instance.run(
			sql`BEGIN`,
			sql`CREATE SCHEMA memory.${name(schema)}`,
			...views,
			sql`USE memory.main`,
			sql`COMMIT`,
		);
	}

	/** Creates the views that a statement may need. @param words words of the statement */
	async expect(words: string): Promise<void> {
		const schema = this.#unnamed;
		if (schema === null || !words.toLowerCase().includes(schema.toLowerCase())) return;
		this.#unnamed = null;
		await this.#makeNamed(schema);
	}
}

/** SQL for the schema of the recording that names without a schema mean: the one that was attached first. */
const ownSchema = sql`(SELECT substr(database_name, length('recording ') + 1) FROM duckdb_databases()
	WHERE starts_with(database_name, 'recording ') ORDER BY database_oid LIMIT 1)`;

/** Rows (prefix, name, kind, columns, rows): everything that a statement can name. The first recording has no prefix
 *  and comes first. */
export const namesSql = sql`SELECT prefix, name, kind, columns, rows FROM (
	SELECT CASE WHEN v.schema_name = 'main' THEN '' ELSE v.schema_name END AS prefix, view_name AS name,
		CASE WHEN t.table_name IS NULL THEN 'view' ELSE 'table' END AS kind, v.column_count AS columns, t.estimated_size AS rows
	FROM duckdb_views() v LEFT JOIN duckdb_tables() t ON t.schema_name = 'main' AND t.table_name = v.view_name
		AND t.database_name = 'recording ' || CASE WHEN v.schema_name = 'main' THEN ${ownSchema} ELSE v.schema_name END
	WHERE v.database_name = 'memory' AND NOT v.internal AND v.schema_name <> ${ownSchema}
	UNION ALL SELECT 'temp', table_name, 'table', column_count, estimated_size FROM duckdb_tables() WHERE database_name = 'temp'
	UNION ALL SELECT 'temp', view_name, 'view', column_count, NULL FROM duckdb_views() WHERE database_name = 'temp' AND NOT internal
) WHERE NOT starts_with(name, '__pivot') ORDER BY prefix <> '', prefix, name`;

/** Rows (prefix, name, place, column_name, data_type, column_index): the columns of all of these. */
export const columnsSql = sql`SELECT n.prefix, n.name, n.place, c.column_name, c.data_type, c.column_index
	FROM (SELECT *, row_number() OVER () AS place FROM (${namesSql})) n
	JOIN duckdb_columns() c ON c.table_name = n.name AND CASE WHEN n.prefix = 'temp' THEN c.database_name = 'temp'
		ELSE c.database_name = 'memory' AND c.schema_name = CASE WHEN n.prefix = '' THEN 'main' ELSE n.prefix END END`;
