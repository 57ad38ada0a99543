// SPDX-License-Identifier: Apache-2.0
/**
 * Whether the tables of a file that was attached are those of a recording. Only base tables in `main` count, and each must be just what
 * our writer makes: DuckDB prints it with the same CREATE TABLE, so it has the same columns and types and no generated column, default,
 * check, key, collation or type of its own; no index is on it, and DuckDB reads its columns with the same types. Nothing of the file is
 * evaluated for that, and no value is read before the table that holds it was found right.
 */
import type { DuckDBType } from "@duckdb/node-api";
import { type CountersinkError, usageError } from "../base/errors.js";
import type { Instance } from "./instance.js";
import { name, type Sql, shipped, sql, text } from "./sql.js";

/** As DuckDB reads a table: "name TYPE", in order. */
type Columns = readonly string[];

interface Printed {
	readonly sql: string;
	readonly columns: Columns;
}

const SCHEMA = "storage/schema.sql";

/** The small tables, which every recording has. */
export const fixedTables = (): string[] =>
	[...shipped(SCHEMA).matchAll(/^CREATE TABLE (\w+)/gm)].map(([, table]) => table!);

/** Base tables in `main` of a database, with what DuckDB prints of each. */
async function printed({ connection }: Instance, database: string): Promise<Map<string, string>> {
	const result = await connection.runAndReadAll(
		sql`SELECT table_name, sql FROM duckdb_tables() WHERE database_name = ${text(database)} AND schema_name = 'main' AND NOT temporary`,
	);
	return new Map(result.getRows().map(([table, made]) => [String(table), String(made)]));
}

/** What the cells are, whatever the type calls itself: a name of one's own is written behind it. */
function kind(type: DuckDBType, names: Readonly<Record<number, string>>): string {
	const own = type.alias === undefined ? "" : ` named ${type.alias}`;
	return "valueType" in type ? `${kind(type.valueType, names)}[]${own}` : `${names[type.typeId]}${own}`;
}

async function columnsOf({ connection }: Instance, table: Sql): Promise<Columns> {
	const { DuckDBTypeId } = await import("@duckdb/node-api");
	const result = await connection.runAndReadAll(sql`SELECT * FROM ${table} LIMIT 0`);
	return result.columnNames().map((column, i) => `${column} ${kind(result.columnType(i), DuckDBTypeId)}`);
}

/** What DuckDB makes of our own statements; they leave nothing behind. */
async function expected(instance: Instance, statements: readonly Sql[]): Promise<Map<string, Printed>> {
	await instance.run(sql`BEGIN`, ...statements);
	try {
		const tables = new Map<string, Printed>();
		for (const [table, made] of await printed(instance, "memory"))
			tables.set(table, { sql: made, columns: await columnsOf(instance, sql`memory.main.${name(table)}`) });
		return tables;
	} finally {
		await instance.run(sql`ROLLBACK`);
	}
}

export class Shape {
	readonly #instance: Instance;
	readonly #database: string;
	readonly #path: string;
	readonly #found: ReadonlyMap<string, string>;
	readonly #indexed: ReadonlySet<string>;

	private constructor(
		instance: Instance,
		database: string,
		path: string,
		found: ReadonlyMap<string, string>,
		indexed: ReadonlySet<string>,
	) {
		this.#instance = instance;
		this.#database = database;
		this.#path = path;
		this.#found = found;
		this.#indexed = indexed;
	}

	/** @param database under which the file was attached */
	static async of(instance: Instance, database: string, path: string): Promise<Shape> {
		const indexes = await instance.connection.runAndReadAll(
			sql`SELECT DISTINCT table_name FROM duckdb_indexes() WHERE database_name = ${text(database)}`,
		);
		const indexed = new Set(indexes.getRows().map(([table]) => String(table)));
		return new Shape(instance, database, path, await printed(instance, database), indexed);
	}

	has(table: string): boolean {
		return this.#found.has(table);
	}

	/** A base table of the file, and never a view of that name. */
	table(table: string): Sql {
		return sql`${name(this.#database)}.main.${name(table)}`;
	}

	/** Of a table of which nothing is known but that these columns can be read as they are. */
	async readable(table: string, columns: Columns): Promise<boolean> {
		if (!this.has(table) || /\bGENERATED ALWAYS\b/.test(this.#found.get(table)!)) return false;
		const found = await columnsOf(this.#instance, this.table(table));
		return columns.every((column) => found.includes(column));
	}

	/** @param statements that make the tables as our writer makes them */
	async check(statements: readonly Sql[]): Promise<void> {
		for (const [table, wanted] of await expected(this.#instance, statements)) {
			const found = this.#found.get(table);
			if (found === undefined) throw this.#refusal(`it has no table ${table}`);
			if (found === wanted.sql && !this.#indexed.has(table)) {
				const columns = await columnsOf(this.#instance, this.table(table));
				if (columns.join() === wanted.columns.join()) continue;
			}
			throw this.#refusal(`its table ${table} is not as countersink makes it${await this.#difference(table, wanted)}`);
		}
	}

	/** The first column that is not the same, where one is not; from the catalog, since the columns of such a table are not read. */
	async #difference(table: string, { columns }: Printed): Promise<string> {
		const result = await this.#instance.connection.runAndReadAll(
			sql`SELECT column_name || ' ' || data_type FROM duckdb_columns() WHERE database_name = ${text(this.#database)}
				AND schema_name = 'main' AND table_name = ${text(table)} ORDER BY column_index`,
		);
		const found = result.getRows().map(([column]) => String(column));
		const at = Array.from({ length: Math.max(found.length, columns.length) }).findIndex((_, i) => found[i] !== columns[i]);
		if (at < 0) return ", which has no defaults, checks, keys, indexes, collations or generated columns";
		return `: column ${at + 1} is ${found[at] ?? "missing"}${columns[at] === undefined ? " and one too many" : ` and should be ${columns[at]}`}`;
	}

	#refusal(why: string): CountersinkError {
		return untrusted(this.#path, why);
	}
}

/** Of a file that says it is a recording. @param why what is not as it should be */
export const untrusted = (path: string, why: string): CountersinkError =>
	usageError(`${path} is no recording that can be trusted: ${why}; use the file as countersink wrote it`);

/** Statements that make the small tables. */
export const fixedStatements = (): Sql[] => [shipped(SCHEMA)];
