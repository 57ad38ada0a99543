// SPDX-License-Identifier: Apache-2.0
/**
 * What was read, before it is a recording: one relation `staging.rows` with the columns as they were, in a file, so that memory stays
 * flat. It is in a folder beside the output, with the recording that is made, and is removed in the end, whatever that is.
 */
import { mkdtempSync, renameSync, rmSync } from "node:fs";
import { availableParallelism } from "node:os";
import { dirname, join, resolve } from "node:path";
import type { DuckDBConnection, DuckDBValue } from "@duckdb/node-api";
import duckdb from "@duckdb/node-bindings";
import { RecordingDatabase } from "../storage/database.js";
import { duckdbClient } from "../storage/duckdb.js";
import { prepareOutput } from "../storage/output.js";
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
	readonly #folder: string;

	private constructor(database: RecordingDatabase, folder: string) {
		this.database = database;
		this.#connection = new (duckdbClient().DuckDBConnection)(database.connection);
		this.#folder = folder;
	}

	/** @param output where the recording will be: what is made is moved there, and not copied */
	static async create(output: string): Promise<Staging> {
		const folder = mkdtempSync(join(dirname(resolve(output)), ".countersink-import-"));
		try {
			const staging = new Staging(await RecordingDatabase.create(join(folder, "recording")), folder);
			await staging.run(`SET threads = ${availableParallelism()}`);
			await staging.run(`SET memory_limit = '${MEMORY}'`);
			await staging.run(`SET temp_directory = ${literal(staging.place("spill"))}`);
			await staging.run(`ATTACH ${literal(staging.place("staged"))} AS staging`);
			return staging;
		} catch (error) {
			rmSync(folder, { recursive: true, force: true });
			throw error;
		}
	}

	/** A file that is gone when the import has ended. */
	place(name: string): string {
		return join(this.#folder, name);
	}

	/** Only these files may be read from now on. */
	async allow(paths: readonly string[]): Promise<void> {
		const { database } = this;
		await database.run(`SET allowed_paths = [${paths.map(literal).join(", ")}]`);
		await database.run(`SET allowed_directories = [${literal(this.place("spill"))}]`);
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

	/** Moves the recording to its place. Until then nothing was replaced, and whoever made a file there meanwhile keeps it. */
	async finish(output: string, overwrite: boolean): Promise<void> {
		await this.run("DETACH staging");
		await this.database.close();
		await prepareOutput(output, overwrite);
		renameSync(this.place("recording"), output);
	}

	/** Leaves nothing behind but what was moved. */
	remove(): void {
		this.database.abandon();
		rmSync(this.#folder, { recursive: true, force: true });
	}
}

export const q = quote;
