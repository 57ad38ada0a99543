// SPDX-License-Identifier: Apache-2.0
/**
 * What was read, before it is a recording: one relation `staging.rows` with the columns as they were, in a file of its own beside the
 * recording, so that memory stays flat. It is removed in the end, whatever that is.
 */
import { rmSync } from "node:fs";
import { availableParallelism } from "node:os";
import { resolve } from "node:path";
import { DuckDBConnection, type DuckDBValue } from "@duckdb/node-api";
import duckdb from "@duckdb/node-bindings";
import { RecordingDatabase } from "../storage/database.js";
import { removeRecording } from "../storage/file.js";
import { literal, quote } from "../storage/quote.js";

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

/** Of DuckDB; what does not fit is spilled beside the recording. */
const MEMORY = "384MB";

export class Staging {
	readonly database: RecordingDatabase;
	readonly #connection: DuckDBConnection;
	readonly #path: string;

	private constructor(database: RecordingDatabase, path: string) {
		this.database = database;
		this.#connection = new DuckDBConnection(database.connection);
		this.#path = path;
	}

	static files = (path: string): string[] => [
		`${path}.import`,
		`${path}.import.wal`,
		`${path}.import.tmp`,
		`${path}.import.spool`,
	];

	/** Makes the recording's file, and the one beside it. */
	static async create(path: string): Promise<Staging> {
		const staging = new Staging(await RecordingDatabase.create(path), path);
		try {
			for (const file of Staging.files(path)) rmSync(file, { recursive: true, force: true });
			await staging.run(`SET threads = ${availableParallelism()}`);
			await staging.run(`SET memory_limit = '${MEMORY}'`);
			await staging.run(`SET temp_directory = ${literal(resolve(`${path}.import.tmp`))}`);
			await staging.run(`ATTACH ${literal(resolve(`${path}.import`))} AS staging`);
			return staging;
		} catch (error) {
			staging.abandon();
			throw error;
		}
	}

	/** Only these files may be read from now on. */
	async allow(paths: readonly string[]): Promise<void> {
		const { database } = this;
		await database.run(`SET allowed_paths = [${paths.map(literal).join(", ")}]`);
		await database.run(`SET allowed_directories = [${literal(resolve(`${this.#path}.import.tmp`))}]`);
		await database.run("SET enable_external_access = false");
	}

	run(sql: string): Promise<void> {
		return this.database.run(sql);
	}

	async rows(sql: string): Promise<Row[]> {
		return (await this.#connection.runAndReadAll(sql)).getRowObjects();
	}

	async row(sql: string): Promise<Row> {
		return (await this.rows(sql))[0]!;
	}

	async columns(relation = "staging.rows"): Promise<StagedColumn[]> {
		const rows = await this.rows(`DESCRIBE FROM ${relation}`);
		return rows.map((row) => ({ name: String(row.column_name), type: String(row.column_type) }));
	}

	/** Whatever runs now fails. */
	interrupt(): void {
		duckdb.interrupt(this.database.connection);
	}

	/** Another relation takes the place of the rows. */
	async replace(select: string): Promise<void> {
		await this.run(`CREATE TABLE staging.next AS ${select}`);
		await this.run("DROP TABLE staging.rows");
		await this.run("ALTER TABLE staging.next RENAME TO rows");
	}

	async finish(): Promise<void> {
		await this.run("DETACH staging");
		this.#removeStaging();
		await this.database.close();
	}

	/** Leaves nothing behind. */
	abandon(): void {
		this.database.abandon();
		removeRecording(this.#path);
		this.#removeStaging();
	}

	#removeStaging(): void {
		for (const file of Staging.files(this.#path)) rmSync(file, { recursive: true, force: true });
	}
}

export const q = quote;
