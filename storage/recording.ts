// SPDX-License-Identifier: Apache-2.0
/** The read side of a recording: opened read-only, with DuckDB shut off from everything else, and never modified. */
import { closeSync, existsSync, openSync, readSync, statSync } from "node:fs";
import { type DuckDBConnection, DuckDBInstance, type DuckDBValue } from "@duckdb/node-api";
import { CountersinkError, failure, messageOf, usageError } from "../base/errors.js";
import { FORMAT_VERSION } from "./tables.js";

/** A DuckDB file has this at byte 8. */
const MAGIC = "DUCK";
const MAGIC_OFFSET = 8;

function checkFile(path: string): void {
	if (!existsSync(path)) throw usageError(`${path} does not exist; 'countersink record -o ${path}' makes a recording`);
	if (statSync(path).isDirectory())
		throw usageError(`${path} is a folder; name a recording, a file that 'countersink record' made`);
	const head = Buffer.alloc(MAGIC_OFFSET + MAGIC.length);
	try {
		const fd = openSync(path, "r");
		readSync(fd, head, 0, head.length, 0);
		closeSync(fd);
	} catch (error) {
		throw new CountersinkError("unavailable", `${path} cannot be read (${messageOf(error)}); check its permissions`);
	}
	if (head.toString("latin1", MAGIC_OFFSET) !== MAGIC)
		throw usageError(`${path} is no recording: it is not a DuckDB file`);
}

/** What DuckDB says when it cannot open a file, as one sentence. */
function explainOpen(path: string, error: unknown): CountersinkError {
	const message = messageOf(error).split("\n")[0]!;
	const holder = /\(PID (\d+)\)/.exec(message)?.[1];
	if (/lock/i.test(message))
		return new CountersinkError(
			"unavailable",
			`${path} is still being written${holder ? ` by process ${holder}` : ""}; ask again when the recording has ended`,
		);
	if (/newer|version/i.test(message))
		return usageError(
			`${path} was written by another version of DuckDB (${message}); use the countersink that recorded it`,
		);
	return failure(`${path} cannot be opened: ${message}`);
}

/** One value of a result: what DuckDB gives, whatever its type. */
export type Value = DuckDBValue;
export type Row = Record<string, Value>;

export class Recording {
	readonly path: string;
	readonly #instance: DuckDBInstance;
	readonly connection: DuckDBConnection;

	private constructor(path: string, instance: DuckDBInstance, connection: DuckDBConnection) {
		this.path = path;
		this.#instance = instance;
		this.connection = connection;
	}

	/** Opens a file that `record` made, of this format version; throws one sentence when it is anything else. */
	static async open(path: string): Promise<Recording> {
		checkFile(path);
		let instance: DuckDBInstance;
		try {
			instance = await DuckDBInstance.create(path, { access_mode: "READ_ONLY", enable_external_access: "false" });
		} catch (error) {
			throw explainOpen(path, error);
		}
		const recording = new Recording(path, instance, await instance.connect());
		await recording.#checkVersion();
		await recording.connection.run("SET lock_configuration = true");
		return recording;
	}

	async #checkVersion(): Promise<void> {
		const [found] = await this.rows(
			"SELECT count(*) AS n FROM duckdb_tables() WHERE table_name IN ('recording', 'streams', 'gaps')",
		);
		if (found?.n !== 3n)
			throw usageError(`${this.path} is a DuckDB file but no recording: it has no tables recording, streams and gaps`);
		const [row] = await this.rows("SELECT format_version, countersink_version FROM recording");
		if (row?.format_version !== FORMAT_VERSION)
			throw usageError(
				`${this.path} has format version ${row?.format_version}, written by countersink ${row?.countersink_version}; this countersink reads version ${FORMAT_VERSION}, so use the one that recorded it`,
			);
	}

	/** All rows of one statement, by column name. */
	async rows(sql: string): Promise<Row[]> {
		return (await this.connection.runAndReadAll(sql)).getRowObjects();
	}

	close(): void {
		this.connection.closeSync();
		this.#instance.closeSync();
	}
}
