// SPDX-License-Identifier: Apache-2.0
/**
 * Checks that the tables of an attached file are those of a recording. Only base tables in `main` count, and each must
 * be exactly what our writer makes. DuckDB prints it with the same CREATE TABLE, so it has the same columns and types,
 * and no generated column, default, check, key, collation or type of its own. It has no index, and its types are the
 * built-in ones, whatever their names. Nothing of the file is evaluated for that, and no value is read before its table
 * was checked.
 */
import { type CountersinkError, usageError } from "../base/errors.js";
import type { Instance } from "./instance.js";
import { name, type Sql, shipped, sql, text } from "./sql.js";

const SCHEMA = "storage/schema.sql";

/** The names of the small tables, which every recording has. */
export const fixedTables = (): string[] =>
	[...shipped(SCHEMA).matchAll(/^CREATE TABLE (\w+)/gm)].map(([, table]) => table!);

/** Base tables in `main` of a database, with the CREATE TABLE that DuckDB prints. */
async function printed({ connection }: Instance, database: string): Promise<Map<string, string>> {
	const result = await connection.runAndReadAll(
		sql`SELECT table_name, sql FROM duckdb_tables() WHERE database_name = ${text(database)} AND schema_name = 'main'`,
	);
	return new Map(result.getRows().map(([table, made]) => [String(table), String(made)]));
}

/** The columns of a table, each as "name TYPE", in order. */
async function catalogued({ connection }: Instance, database: string, table: string): Promise<string[]> {
	const result = await connection.runAndReadAll(
		sql`SELECT column_name || ' ' || data_type FROM duckdb_columns() WHERE database_name = ${text(database)}
			AND schema_name = 'main' AND table_name = ${text(table)} ORDER BY column_index`,
	);
	return result.getRows().map(([column]) => String(column));
}

/** Runs statements of ours, uses what DuckDB made of them, and takes them back. */
async function expecting<T>(instance: Instance, statements: readonly Sql[], use: () => Promise<T>): Promise<T> {
	await instance.run(sql`BEGIN`, ...statements);
	try {
		return await use();
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

	/** @param database name under which the file was attached */
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

	/** A base table of the file, never a view of that name. */
	table(table: string): Sql {
		return sql`${name(this.#database)}.main.${name(table)}`;
	}

	/** Whether the cells of a table can be read as they are. Nothing else of it is known. */
	isPlain(table: string): boolean {
		return this.has(table) && !/\bGENERATED ALWAYS\b/.test(this.#found.get(table)!);
	}

	/** Checks tables. @param statements statements that make them as our writer does */
	check(statements: readonly Sql[]): Promise<void> {
		return expecting(this.#instance, statements, async () => {
			for (const [table, made] of await printed(this.#instance, "memory")) {
				if (!this.has(table)) throw this.#refusal(`it has no table ${table}`);
				if (this.#found.get(table) !== made || this.#indexed.has(table))
					throw this.#refusal(
						`its table ${table} differs from what countersink writes${await this.#difference(table)}`,
					);
			}
		});
	}

	/** Checks that no type has a false name: the types of the file against those of our tables, which use all types of a
	 *  recording. */
	checkTypes(statements: readonly Sql[]): Promise<void> {
		return expecting(this.#instance, statements, async () => {
			const result =
				await this.#instance.connection.runAndReadAll(sql`SELECT data_type, data_type_id FROM duckdb_columns()
				WHERE database_name IN ('memory', ${text(this.#database)}) AND schema_name = 'main'`);
			const numbers = new Map<string, string>();
			for (const [type, number] of result.getRows().map((row) => row.map(String)))
				if ((numbers.get(type!) ?? number) !== number)
					throw this.#refusal(`it defines a type of its own with the name ${type}`);
				else numbers.set(type!, number!);
		});
	}

	/** The first column that differs, if one does. It comes from the catalog, since no such table is read. */
	async #difference(table: string): Promise<string> {
		const is = await catalogued(this.#instance, this.#database, table);
		const should = await catalogued(this.#instance, "memory", table);
		const at = Array.from({ length: Math.max(is.length, should.length) }).findIndex((_, i) => is[i] !== should[i]);
		if (at < 0) return ": countersink writes no defaults, checks, keys, indexes, collations or generated columns";
		return `: column ${at + 1} is ${is[at] ?? "missing"}${should[at] === undefined ? " and should not be there" : ` and should be ${should[at]}`}`;
	}

	#refusal(why: string): CountersinkError {
		return untrusted(this.#path, why);
	}
}

/** The error for a file that claims to be a recording. @param why what is wrong with it */
export const untrusted = (path: string, why: string): CountersinkError =>
	usageError(`${path} is not a recording that can be trusted: ${why}; use the file as countersink wrote it`);

/** Statements that create the small tables. */
export const fixedStatements = (): Sql[] => [shipped(SCHEMA)];
