// SPDX-License-Identifier: Apache-2.0
/** Writes a DuckDB file through the plain C API of @duckdb/node-bindings. One thread owns the file. */
import { existsSync, statSync } from "node:fs";
import { resolve } from "node:path";
import duckdb, { type Appender, type Connection, type Database, type LogicalType } from "@duckdb/node-bindings";
import { failure, messageOf } from "../base/errors.js";
import { lockHolder, removeRecording } from "./file.js";
import { BLOCK_SIZE, type Merging, mergingOf, ROW_GROUP_SIZE } from "./row-groups.js";
import { type Sql, sql, text } from "./sql.js";

const CATALOG = "rec";
const CATALOG_SQL = sql`rec`;

const inodeOf = (path: string): number | undefined => statSync(path, { throwIfNoEntry: false })?.ino;

export class RecordingDatabase {
	readonly #database: Database;
	readonly #connection: Connection;

	readonly #path: string;
	readonly merging: Merging;
	#inode: number | undefined;

	private constructor(database: Database, connection: Connection, path: string, merging: Merging) {
		this.#database = database;
		this.#connection = connection;
		this.#path = path;
		this.merging = merging;
	}

	/** Creates a new file. Fails when the file exists and is not empty.
	 *  @param columns how many counters it will hold */
	static async create(path: string, columns = 0): Promise<RecordingDatabase> {
		const database = await duckdb.open(":memory:");
		const connection = await duckdb.connect(database);
		const recording = new RecordingDatabase(database, connection, path, mergingOf(columns));
		/* One thread, since the other CPUs belong to what is being measured. */
		await recording.run(sql`SET threads = 1`);
		if (!recording.merging.joins) await recording.run(sql`SET max_vacuum_tasks = 0`);
		await recording.run(sql`SET checkpoint_threshold = ${text(`${recording.merging.threshold_bytes}B`)}`);
		await recording.#attach(path);
		await recording.#claim();
		return recording;
	}

	async #attach(path: string): Promise<void> {
		const existed = existsSync(path);
		try {
			/* The path is absolute, so that DuckDB takes no name for something else: ":memory:", "s3://...". */
			await this.run(
				sql`ATTACH ${text(resolve(path))} AS ${CATALOG_SQL} (STORAGE_VERSION 'latest', ROW_GROUP_SIZE ${ROW_GROUP_SIZE}, BLOCK_SIZE ${BLOCK_SIZE})`,
			);
		} catch (error) {
			/* A full disk leaves a stub. A file that existed before, or is locked, is not ours to remove. */
			if (!existed && lockHolder(messageOf(error)) === null) removeRecording(path);
			throw error;
		}
	}

	async #claim(): Promise<void> {
		this.#inode = inodeOf(this.#path);
		if (this.#inode === undefined) throw failure("DuckDB would open another file; give a path without links");
		await this.run(sql`USE ${CATALOG_SQL}`);
		/* A file that another process created since we looked is left to it. */
		await this.run(sql`SELECT error('another process has just created the file') FROM duckdb_tables()
			WHERE database_name = ${text(CATALOG)}`);
	}

	async run(statement: Sql): Promise<void> {
		await duckdb.query(this.#connection, statement);
	}

	/** Leaves merging the log to checkpoint(); from now on no commit does it. */
	async checkpointsByHand(): Promise<void> {
		await this.run(sql`SET checkpoint_threshold = ${text(`${Number.MAX_SAFE_INTEGER}B`)}`);
	}

	/** Merges the log into the tables. Call it between transactions. */
	checkpoint(): Promise<void> {
		return this.run(sql`CHECKPOINT ${CATALOG_SQL}`);
	}

	/** Whether the log is so long that it should be merged into the tables. */
	get checkpointDue(): boolean {
		return (statSync(`${this.#path}.wal`, { throwIfNoEntry: false })?.size ?? 0) > this.merging.threshold_bytes;
	}

	/** The connection, for questions about the file while it is written. */
	get connection(): Connection {
		return this.#connection;
	}

	/** @param catalog name of another attached file */
	appender(table: string, catalog = CATALOG): Appender {
		return duckdb.appender_create_ext(this.#connection, catalog, "main", table);
	}

	/** Checkpoints and closes the file. Fails when the file is no longer under its name. */
	async close(): Promise<void> {
		await this.run(sql`USE memory`);
		await this.run(sql`DETACH ${CATALOG_SQL}`);
		this.abandon();
		if (inodeOf(this.#path) !== this.#inode) throw failure("it was removed or replaced while it was being written");
	}

	/** Closes the file without a checkpoint. What was committed stays in the file and its log. */
	abandon(): void {
		duckdb.disconnect_sync(this.#connection);
		duckdb.close_sync(this.#database);
	}
}

export type Cell = bigint | number | string | Uint8Array | null;

/** Appends rows of plain values to one of the small tables; the column types come from the table itself. */
export class RowAppender {
	readonly #appender: Appender;
	readonly #append: ((value: Cell) => void)[];

	constructor(database: RecordingDatabase, table: string) {
		this.#appender = database.appender(table);
		const columns = duckdb.appender_column_count(this.#appender);
		this.#append = Array.from({ length: columns }, (_, i) =>
			this.#writer(duckdb.appender_column_type(this.#appender, i)),
		);
	}

	#writer(type: LogicalType): (value: Cell) => void {
		const appender = this.#appender;
		const { Type } = duckdb;
		const id = duckdb.get_type_id(type);
		return (value) => {
			if (value === null) duckdb.append_null(appender);
			else if (value instanceof Uint8Array) duckdb.append_blob(appender, value);
			else if (id === Type.TIMESTAMP_NS)
				duckdb.append_value(appender, duckdb.create_timestamp_ns({ nanos: BigInt(value) }));
			else if (id === Type.DOUBLE) duckdb.append_double(appender, Number(value));
			else if (id === Type.UBIGINT) duckdb.append_uint64(appender, BigInt(value));
			else if (id === Type.BIGINT) duckdb.append_int64(appender, BigInt(value));
			else duckdb.append_varchar(appender, String(value));
		};
	}

	/** Whether something was appended since the last flush. */
	#dirty = false;

	append(row: readonly Cell[]): void {
		this.#dirty = true;
		row.forEach((value, i) => {
			this.#append[i]!(value);
		});
		duckdb.appender_end_row(this.#appender);
	}

	flush(): void {
		if (this.#dirty) duckdb.appender_flush_sync(this.#appender);
		this.#dirty = false;
	}

	close(): void {
		duckdb.appender_close_sync(this.#appender);
	}
}
