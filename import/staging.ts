// SPDX-License-Identifier: Apache-2.0
/**
 * Holds what was read before it is a recording: one relation `staging.rows` with the original columns. It is in a file,
 * so that memory stays flat. The file is in a folder beside the output, with the recording being made; the folder is
 * removed in the end in any case.
 */
import { availableParallelism } from "node:os";
import { dirname, resolve } from "node:path";
import type { DuckDBConnection, DuckDBValue } from "@duckdb/node-api";
import duckdb from "@duckdb/node-bindings";
import { duckdbClient } from "../base/duckdb.js";
import { RecordingDatabase } from "../storage/database.js";
import { moveIntoPlace } from "../storage/output-path.js";
import { shutOff } from "../storage/shut-off.js";
import { join, name as quoted, type Sql, sql, text } from "../storage/sql.js";
import { StagingFolder } from "../storage/staging-folder.js";
import { Room } from "./room.js";

export type Row = Record<string, DuckDBValue>;

export interface StagedColumn {
	readonly name: string;
	/** The type in DuckDB, as in DESCRIBE. */
	readonly type: string;
}

/** What the input says of itself and of its columns, by key. */
export interface Metadata {
	readonly table: ReadonlyMap<string, string>;
	readonly columns: ReadonlyMap<string, ReadonlyMap<string, string>>;
	/** The metadata of the batches of an Arrow stream, in order. */
	readonly batches: readonly ReadonlyMap<string, string>[];
}

const plain = /^(TIMESTAMP|DATE|TIME|BOOLEAN|VARCHAR|FLOAT|DOUBLE|DECIMAL|U?(TINY|SMALL|BIG|HUGE)?INT)/;

/** Whether a column is staged. Times, numbers, flags and texts are; nested columns are left out before they are
 *  read. */
export const isStaged = ({ type }: StagedColumn): boolean => plain.test(type) && !/[[\]]/.test(type);

/** DuckDB's memory limit. What does not fit is spilled beside the recording. */
const MEMORY = sql`'384MB'`;

export class Staging {
	readonly database: RecordingDatabase;
	readonly #connection: DuckDBConnection;
	readonly #folder: StagingFolder;
	readonly #room: Room;

	private constructor(database: RecordingDatabase, folder: StagingFolder) {
		this.database = database;
		this.#connection = new (duckdbClient().DuckDBConnection)(database.connection);
		this.#folder = folder;
		this.#room = new Room(folder.path, () => this.interrupt());
	}

	/** Creates the files, then shuts DuckDB off from all others before it has seen a byte of the input.
	 *  @param output path of the recording; it is made in the same folder, so that it is moved there and not copied
	 *  @param input the one file that DuckDB may read, null for none; it is called with a function that gives paths
	 *  within the staging */
	static async create(output: string, input: (place: (name: string) => string) => string | null): Promise<Staging> {
		const folder = StagingFolder.make(dirname(resolve(output)), "import");
		try {
			const staging = new Staging(await RecordingDatabase.create(folder.place("recording")), folder);
			await staging.run(sql`SET threads = ${availableParallelism()}`);
			await staging.run(sql`SET memory_limit = ${MEMORY}`);
			await staging.run(sql`SET temp_directory = ${text(folder.place("spill"))}`);
			await staging.run(sql`ATTACH ${text(folder.place("staged"))} AS staging`);
			await staging.#shutOff(input((name) => folder.place(name)));
			return staging;
		} catch (error) {
			folder.remove();
			throw error;
		}
	}

	async #shutOff(input: string | null): Promise<void> {
		for (const setting of shutOff(input === null ? [] : [input], [this.place("spill")])) await this.run(setting);
	}

	/** A path for a file that is gone when the import has ended. */
	place(name: string): string {
		return this.#folder.place(name);
	}

	async run(statement: Sql): Promise<void> {
		await this.#watched(() => this.database.run(statement));
	}

	async rows(statement: Sql): Promise<Row[]> {
		return this.#watched(async () => (await this.#connection.runAndReadAll(statement)).getRowObjects());
	}

	/** Runs a step. If it was interrupted because the disk is getting full, the error says that. */
	async #watched<T>(step: () => Promise<T>): Promise<T> {
		this.#room.check();
		try {
			return await step();
		} catch (error) {
			this.#room.check();
			throw error;
		}
	}

	/** Fails when the staged files take too much room. */
	checkRoom(): void {
		this.#room.check();
	}

	async row(statement: Sql): Promise<Row> {
		return (await this.rows(statement))[0]!;
	}

	async columns(relation: Sql = sql`staging.rows`): Promise<StagedColumn[]> {
		const rows = await this.rows(sql`DESCRIBE FROM ${relation}`);
		return rows.map((row) => ({ name: String(row.column_name), type: String(row.column_type) }));
	}

	/** Makes `staging.rows` a view of the columns that can be staged. @returns the names of the others */
	async view(relation: Sql): Promise<string[]> {
		const columns = await this.columns(relation);
		const staged = columns.filter(isStaged).map(({ name }) => quoted(name));
		if (staged.length === 0) throw new Error("it has no column of times or numbers");
		await this.run(sql`CREATE VIEW staging.rows AS SELECT ${join(staged)} FROM ${relation}`);
		return columns.filter((column) => !isStaged(column)).map(({ name }) => name);
	}

	/** Makes the running statement fail. */
	interrupt(): void {
		duckdb.interrupt(this.database.connection);
	}

	/** Drops the rows. They may be a table, or a view over an input that is read each time. */
	async dropRows(): Promise<void> {
		const { views } = await this.row(
			sql`SELECT count(*) AS views FROM duckdb_views() WHERE database_name = 'staging' AND view_name = 'rows'`,
		);
		await this.run(views === 0n ? sql`DROP TABLE staging.rows` : sql`DROP VIEW staging.rows`);
	}

	/** Replaces the rows by the answer of a query. */
	async replace(select: Sql): Promise<void> {
		await this.run(sql`CREATE TABLE staging.next AS ${select}`);
		await this.dropRows();
		await this.run(sql`ALTER TABLE staging.next RENAME TO rows`);
	}

	/** Moves the recording to its place. Nothing was replaced until then, and a file that another process made there
	 *  meanwhile is kept. */
	async finish(output: string, overwrite: boolean): Promise<void> {
		await this.run(sql`DETACH staging`);
		await this.database.close();
		await moveIntoPlace(this.place("recording"), output, overwrite);
	}

	/** Removes everything but the recording that was moved. */
	remove(): void {
		this.#room.close();
		this.database.abandon();
		this.#folder.remove();
	}
}
