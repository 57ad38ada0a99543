// SPDX-License-Identifier: Apache-2.0
/** The read side of a recording: opened read-only, with DuckDB shut off from everything else, and never modified. */
import { realpathSync, type Stats, statSync } from "node:fs";
import { resolve } from "node:path";
import type { DuckDBConnection, DuckDBInstance, DuckDBValue } from "@duckdb/node-api";
import { CountersinkError, failure, messageOf, usageError } from "../base/errors.js";
import { catalogNames } from "./catalogs.js";
import { duckdbClient } from "./duckdb.js";
import { FORMAT_VERSION, isDuckDB, lockHolder, unreadable } from "./file.js";
import { literal, quote } from "./quote.js";

/** undefined where there is no such file; a folder on the way that may not be searched is another matter. */
function statOf(path: string): Stats | undefined {
	try {
		return statSync(path, { throwIfNoEntry: false });
	} catch (error) {
		throw unreadable(path, error);
	}
}

function checkFile(path: string): void {
	const stat = statOf(path);
	if (!stat) throw usageError(`${path} does not exist; 'countersink record -o ${path}' makes a recording`);
	if (stat.isDirectory())
		throw usageError(`${path} is a folder; name a recording, a file that 'countersink record' made`);
	/* Reading from a pipe or a device could wait for ever. */
	if (!stat.isFile() || !isDuckDB(path)) throw usageError(`${path} is no recording: it is not a DuckDB file`);
}

function checkFiles(paths: readonly string[]): void {
	for (const path of paths) checkFile(path);
	const files = paths.map((path) => realpathSync(path));
	const twice = paths.find((_, i) => files.indexOf(files[i]!) < i);
	if (twice !== undefined) throw usageError(`${twice} is named twice; name each recording once`);
}

/* Of the whole instance: whatever else is attached is only read too, unless a statement with --unsafe says READ_WRITE. */
const readOnly = { access_mode: "READ_ONLY" };

async function openReadOnly(path: string): Promise<DuckDBInstance> {
	const { DuckDBInstance } = duckdbClient();
	/* A path that is not absolute could name something else to DuckDB: ":memory:", "s3://...". */
	return DuckDBInstance.create(resolve(path), readOnly);
}

/** Another process writes the recording. */
export class StillWritten extends CountersinkError {
	readonly path: string;
	/** Its process; "": not known. */
	readonly holder: string;

	constructor(path: string, holder: string) {
		super(
			"unavailable",
			`${path} is still being written${holder && ` by process ${holder}`}; wait until the recording has ended, or take what there is with countersink sql ${path} "FROM ..." -f csv, or arrow`,
		);
		this.path = path;
		this.holder = holder;
	}
}

/** What DuckDB says when it cannot open a file, as one sentence. */
function explainOpen(path: string, error: unknown): CountersinkError {
	const message = messageOf(error).split("\n")[0]!;
	const holder = lockHolder(message);
	if (holder !== null) return new StillWritten(path, holder);
	if (/newer version|version number/i.test(message))
		return usageError(
			`${path} was written by another version of DuckDB (${message}); use the countersink that recorded it`,
		);
	return damaged(path, error);
}

/** What DuckDB says of a file that it has opened, or nearly so, and cannot read. */
export const damaged = (path: string, error: unknown): CountersinkError =>
	failure(
		`${path} is damaged or cut off (${messageOf(error).split("\n")[0]}); what can still be read may be wrong, so record again`,
	);

/** The process that is writing a recording ("" where that is not known); null when none is, or the file is past opening. */
export async function writerOf(path: string): Promise<string | null> {
	try {
		(await openReadOnly(path)).closeSync();
		return null;
	} catch (error) {
		return lockHolder(messageOf(error));
	}
}

/** One value of a result: what DuckDB gives, whatever its type. */
export type Value = DuckDBValue;
export type Row = Record<string, Value>;

export interface OpenOptions {
	/** Other recordings, which statements reach under their names. */
	readonly others?: readonly string[];
	/** DuckDB may read and write other files, and its configuration may be changed; recordings are read-only all the same. */
	readonly unsafe?: boolean;
	/** SET statements of ours, or what makes them of the recording; run before DuckDB is shut off and its configuration locked. */
	readonly settings?: readonly string[] | ((recording: Recording) => Promise<readonly string[]>);
}

export class Recording {
	readonly path: string;
	/** Name of each in statements, the first first. */
	readonly catalogs: ReadonlyMap<string, string>;
	readonly #instance: DuckDBInstance;
	readonly connection: DuckDBConnection;

	private constructor(
		path: string,
		catalogs: ReadonlyMap<string, string>,
		instance: DuckDBInstance,
		connection: DuckDBConnection,
	) {
		this.path = path;
		this.catalogs = catalogs;
		this.#instance = instance;
		this.connection = connection;
	}

	/** Opens files that `record` made, of this format version; throws one sentence when one is anything else. */
	static async open(path: string, options: OpenOptions = {}): Promise<Recording> {
		const { others = [], unsafe = false, settings = [] } = options;
		checkFiles([path, ...others]);
		let instance: DuckDBInstance;
		try {
			instance = await openReadOnly(path);
		} catch (error) {
			throw explainOpen(path, error);
		}
		const connection = await instance.connect();
		const names = await catalogNames(connection, path, others);
		const recording = new Recording(path, names, instance, connection);
		try {
			for (const [name, each] of names) await recording.#add(name, each);
			const made = typeof settings === "function" ? await settings(recording) : settings;
			for (const setting of made) await connection.run(setting);
			if (!unsafe) await recording.#shutOff();
		} catch (error) {
			recording.close();
			throw error;
		}
		return recording;
	}

	async #add(name: string, path: string): Promise<void> {
		try {
			if (path !== this.path)
				await this.connection.run(`ATTACH ${literal(resolve(path))} AS ${quote(name)} (READ_ONLY)`);
		} catch (error) {
			throw explainOpen(path, error);
		}
		await this.#checkVersion(name, path);
	}

	/** From everything but the files that are open now. */
	async #shutOff(): Promise<void> {
		await this.connection.run("SET enable_external_access = false");
		await this.connection.run("SET lock_configuration = true");
	}

	async #checkVersion(name: string, path: string): Promise<void> {
		const [found] = await this.rows(
			`SELECT count(*) AS n FROM duckdb_tables() WHERE database_name = ${literal(name)} AND table_name IN ('recording', 'streams', 'gaps')`,
		);
		if (found?.n !== 3n)
			throw usageError(`${path} is a DuckDB file but no recording: it has no tables recording, streams and gaps`);
		const [row] = await this.rows(`SELECT format_version, countersink_version FROM ${quote(name)}.recording`);
		if (!row) throw usageError(`${path} is a DuckDB file but no recording: its table recording is empty`);
		if (row.format_version !== FORMAT_VERSION)
			throw usageError(
				`${path} has format version ${row.format_version}, written by countersink ${row.countersink_version}; this countersink reads version ${FORMAT_VERSION}, so use the one that recorded it`,
			);
	}

	/** All rows of one statement of ours, by column name; it fails only when the file is not as it should be. */
	async rows(sql: string): Promise<Row[]> {
		try {
			return (await this.connection.runAndReadAll(sql)).getRowObjects();
		} catch (error) {
			throw damaged(this.path, error);
		}
	}

	close(): void {
		this.connection.closeSync();
		this.#instance.closeSync();
	}
}
