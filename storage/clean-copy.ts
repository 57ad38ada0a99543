// SPDX-License-Identifier: Apache-2.0
/**
 * Copies the tables of a recording, and nothing else of it, into a new file with the views and macros of this version.
 * The DuckDB that reads the old file may open no other file. Of the old catalog only base tables count, and only
 * columns with the right names and types.
 */
import { resolve } from "node:path";
import { DuckDBConnection } from "@duckdb/node-api";
import { usageError } from "../base/errors.js";
import type { CellType } from "../kernel/source.js";
import { RecordingDatabase } from "./database.js";
import { FORMAT_VERSION, logPlaces } from "./file.js";
import { type Ask, asker } from "./recognise.js";
import { shutOff } from "./shut-off.js";
import { join, name, type Sql, shipped, sql, text } from "./sql.js";
import { cellTypes, streamTables } from "./stream-tables.js";

const OLD = "the file being copied";
/** Columns that older formats do not have, and the values that replace them. */
const added: Readonly<Record<string, Sql>> = {
	"recording.boot_id": sql`NULL`,
	"recording.command_pid": sql`NULL`,
	"recording.command_started_ticks": sql`NULL`,
	"recording.log_follows": sql`false`,
	"recording.imported_from": sql`NULL`,
	"recording.imported_at": sql`NULL`,
	"recording.imported_by": sql`NULL`,
	/* The only source of events up to format 5. */
	"streams.paced_by": sql`CASE WHEN source = 'mlx5trace' THEN 'events' WHEN granted_ns IS NULL THEN 'sampler' ELSE 'device' END`,
};

type Columns = readonly (readonly [name: string, type: string])[];

export class Cleaner {
	readonly #path: string;
	readonly #ask: Ask;
	readonly #new: string;

	private constructor(path: string, ask: Ask, catalog: string) {
		this.#path = path;
		this.#ask = ask;
		this.#new = catalog;
	}

	/** Copies a recording. @param to path of a file that must not exist */
	static async copy(path: string, to: string, macros: Sql): Promise<void> {
		const database = await RecordingDatabase.create(to);
		try {
			const ask = asker(new DuckDBConnection(database.connection));
			const files = [path, to].flatMap((file) => [file, ...logPlaces(file)]).map((file) => resolve(file));
			const [own] = await ask(sql`SELECT current_catalog() AS name`);
			for (const setting of shutOff(files)) await ask(setting);
			await ask(sql`ATTACH ${text(resolve(path))} AS ${name(OLD)} (READ_ONLY)`);
			await new Cleaner(path, ask, String(own!.name)).#copy(macros);
			await ask(sql`DETACH ${name(OLD)}`);
			await database.close();
		} catch (error) {
			database.abandon();
			throw error;
		}
	}

	async #copy(macros: Sql): Promise<void> {
		await this.#ask(sql`BEGIN`);
		await this.#ask(shipped("storage/schema.sql"));
		const ours = await this.#ask(
			sql`SELECT table_name FROM duckdb_tables() WHERE database_name = ${text(this.#new)} ORDER BY table_name`,
		);
		for (const { table_name } of ours)
			await this.#copyTable(String(table_name), await this.#columns(this.#new, String(table_name)));
		await this.#ask(sql`UPDATE recording SET format_version = ${FORMAT_VERSION}`);
		for (const { name: stream } of await this.#ask(sql`SELECT name FROM streams`))
			await this.#copyStream(String(stream));
		await this.#ask(macros);
		await this.#ask(sql`COMMIT`);
	}

	/** The columns of a base table, in order; none where the table does not exist. */
	async #columns(catalog: string, table: string): Promise<Columns> {
		const rows = await this.#ask(sql`SELECT c.column_name AS name, c.data_type AS type FROM duckdb_columns() c
			JOIN duckdb_tables() t USING (database_name, schema_name, table_name)
			WHERE database_name = ${text(catalog)} AND schema_name = 'main' AND table_name = ${text(table)} ORDER BY c.column_index`);
		return rows.map((row) => [String(row.name), String(row.type)] as const);
	}

	/** @param wanted columns of the new table, which exists */
	async #copyTable(table: string, wanted: Columns): Promise<void> {
		const there = new Map(await this.#columns(OLD, table));
		if (table === "tail" && there.size === 0) return;
		const values = wanted.map(([column, type]) => {
			if (there.get(column) === type) return name(column);
			const instead = there.has(column) ? undefined : added[`${table}.${column}`];
			if (instead) return instead;
			throw usageError(
				`${this.#path} is not a recording that can be copied: its table ${table} has no column ${column} of type ${type}; use the countersink that recorded it`,
			);
		});
		await this.#ask(sql`INSERT INTO ${name(table)} (${join(wanted.map(([column]) => name(column)))})
			SELECT ${join(values)} FROM ${name(OLD)}.main.${name(table)}`);
	}

	async #copyStream(stream: string): Promise<void> {
		const counters = await this.#ask(sql`SELECT column_name, id, type FROM counters WHERE stream = ${text(stream)}`);
		const byColumn = new Map(counters.map((counter) => [String(counter.column_name), counter]));
		const there = (await this.#columns(OLD, stream)).map(([column]) => column);
		const wrong = [...byColumn].find(([column, { type }]) => !(String(type) in cellTypes) || !there.includes(column));
		if (wrong || byColumn.size === 0)
			throw usageError(
				`${this.#path} is not a recording that can be copied: its stream ${stream} has ${wrong ? `no column ${wrong[0]} of a type that counters have` : "no counters"}; use the countersink that recorded it`,
			);
		const columns = there.flatMap((column) => {
			const counter = byColumn.get(column);
			return counter ? [{ name: column, id: String(counter.id), type: counter.type as CellType }] : [];
		});
		const shape = { name: stream, columns };
		for (const statement of streamTables(shape)) await this.#ask(statement);
		await this.#copyTable(stream, await this.#columns(this.#new, stream));
	}
}
