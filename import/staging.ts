// SPDX-License-Identifier: Apache-2.0
/**
 * What was read, before it is a recording: one relation `staging.rows` with the columns as they were, in a file, so that memory stays
 * flat. It is in a folder beside the output, with the recording that is made, and is removed in the end, whatever that is.
 */
import { availableParallelism } from "node:os";
import { dirname, resolve } from "node:path";
import type { DuckDBConnection, DuckDBValue } from "@duckdb/node-api";
import duckdb from "@duckdb/node-bindings";
import { duckdbClient } from "../base/duckdb.js";
import { RecordingDatabase } from "../storage/database.js";
import { moveIntoPlace } from "../storage/output.js";
import { shutOff } from "../storage/shut-off.js";
import { join, name as quoted, type Sql, sql, text } from "../storage/sql.js";
import { StagingFolder } from "../storage/staging-folder.js";
import { Room } from "./room.js";

export type Row = Record<string, DuckDBValue>;

export interface StagedColumn {
	readonly name: string;
	/** Of DuckDB, as in DESCRIBE. */
	readonly type: string;
}

/** What the input says of itself, by key; of the columns too. */
export interface Metadata {
	readonly table: ReadonlyMap<string, string>;
	readonly columns: ReadonlyMap<string, ReadonlyMap<string, string>>;
	/** Of the batches of an Arrow stream, in order. */
	readonly batches: readonly ReadonlyMap<string, string>[];
}

const plain = /^(TIMESTAMP|DATE|TIME|BOOLEAN|VARCHAR|FLOAT|DOUBLE|DECIMAL|U?(TINY|SMALL|BIG|HUGE)?INT)/;

/** Whether a column is staged: times, numbers, flags and texts are; what is made of others is left out before it is read. */
export const isStaged = ({ type }: StagedColumn): boolean => plain.test(type) && !/[[\]]/.test(type);

/** Of DuckDB; what does not fit is spilled beside the recording. */
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

	/** Opens the files that are made, and then shuts DuckDB off from all others, before it has seen a byte of the input.
	 *  @param output where the recording will be: what is made is moved there, and not copied
	 *  @param input the one file that DuckDB may read; null: none. It is told the staging's own place of a name */
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

	/** A file that is gone when the import has ended. */
	place(name: string): string {
		return this.#folder.place(name);
	}

	async run(statement: Sql): Promise<void> {
		await this.#watched(() => this.database.run(statement));
	}

	async rows(statement: Sql): Promise<Row[]> {
		return this.#watched(async () => (await this.#connection.runAndReadAll(statement)).getRowObjects());
	}

	/** Whoever was interrupted because the disk gets full says that. */
	async #watched<T>(step: () => Promise<T>): Promise<T> {
		this.#room.check();
		try {
			return await step();
		} catch (error) {
			this.#room.check();
			throw error;
		}
	}

	/** Fails when what is staged takes more room than it may. */
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

	/** Makes the rows a view of the columns that are staged. Returns the names of the others. */
	async view(relation: Sql): Promise<string[]> {
		const columns = await this.columns(relation);
		const staged = columns.filter(isStaged).map(({ name }) => quoted(name));
		if (staged.length === 0) throw new Error("it has no column of times or numbers");
		await this.run(sql`CREATE VIEW staging.rows AS SELECT ${join(staged)} FROM ${relation}`);
		return columns.filter((column) => !isStaged(column)).map(({ name }) => name);
	}

	/** Whatever runs now fails. */
	interrupt(): void {
		duckdb.interrupt(this.database.connection);
	}

	/** They are a view where they are read from the input each time. */
	async dropRows(): Promise<void> {
		const { views } = await this.row(
			sql`SELECT count(*) AS views FROM duckdb_views() WHERE database_name = 'staging' AND view_name = 'rows'`,
		);
		await this.run(views === 0n ? sql`DROP TABLE staging.rows` : sql`DROP VIEW staging.rows`);
	}

	/** Another relation takes the place of the rows. */
	async replace(select: Sql): Promise<void> {
		await this.run(sql`CREATE TABLE staging.next AS ${select}`);
		await this.dropRows();
		await this.run(sql`ALTER TABLE staging.next RENAME TO rows`);
	}

	/** Moves the recording to its place. Until then nothing was replaced, and whoever made a file there meanwhile keeps it. */
	async finish(output: string, overwrite: boolean): Promise<void> {
		await this.run(sql`DETACH staging`);
		await this.database.close();
		await moveIntoPlace(this.place("recording"), output, overwrite);
	}

	/** Leaves nothing behind but what was moved. */
	remove(): void {
		this.#room.close();
		this.database.abandon();
		this.#folder.remove();
	}
}
