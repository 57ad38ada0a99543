// SPDX-License-Identifier: Apache-2.0
/**
 * Opens a recording from anywhere, read-only. A recording is never modified here. The steps:
 *
 *   1. Each named file and its log must be regular files (given.ts).
 *   2. A DuckDB in memory is shut off from all other files, with limits (instance.ts). The files are attached to it.
 *   3. The tables must be those of a recording (shape.ts). What they say of streams and counters must be possible
 *      (contents.ts).
 *   4. Views over these tables and this version's macros are created in memory (views.ts). The configuration is locked.
 *
 * Anything else in a file is for other clients: it is not read, and it never answers a question.
 */
import type { DuckDBConnection, DuckDBValue } from "@duckdb/node-api";
import { CountersinkError, failure, messageOf, usageError } from "../base/errors.js";
import type { StreamShape } from "../sampler/batch.js";
import { catalogNames } from "./catalogs.js";
import { Contents } from "./contents.js";
import { FORMAT_VERSION, isDuckDB, lockHolder } from "./file.js";
import { checkGiven } from "./given.js";
import { Instance } from "./instance.js";
import { type Limits, lookingLimits } from "./limits.js";
import { prelude } from "./macro-files.js";
import { isOwn } from "./own-files.js";
import { fixedStatements, Shape } from "./shape.js";
import { type Sql, sql } from "./sql.js";
import { type Stranger, strangersOf } from "./strangers.js";
import { streamTables } from "./stream-tables.js";
import { openTail } from "./tail-tables.js";
import { baseTable, databaseOf, tailSchema, type Viewed, Views } from "./views.js";

/** Thrown where another process still writes the recording. */
export class StillWritten extends CountersinkError {
	readonly path: string;
	/** Number of that process; "" where it is not known. */
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

/** Explains why DuckDB cannot open a file, in one sentence. */
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

/** The error for a file that DuckDB has opened, or nearly so, and cannot read. */
export const damaged = (path: string, error: unknown): CountersinkError =>
	failure(
		`${path} is damaged or cut off (${messageOf(error).split("\n")[0]}); what can still be read may be wrong, so record again`,
	);

/** Whether a statement needs more memory than it may use, by DuckDB's message. */
export const isOutOfMemory = (error: unknown): boolean =>
	/^Out of Memory Error|could not allocate|max_temp_directory_size/i.test(messageOf(error));

/** The process that writes a recording ("" where it is not known); null where none does, or the file cannot be
 *  opened. */
export async function writerOf(path: string): Promise<string | null> {
	if (isOwn(path)) return String(process.pid);
	if (!isDuckDB(path)) return null;
	checkGiven([path]);
	const instance = await Instance.create([path], { unsafe: false, limits: lookingLimits() });
	try {
		await instance.attach(path, databaseOf(""));
		return null;
	} catch (error) {
		return lockHolder(messageOf(error));
	} finally {
		instance.close();
	}
}

/** One value of a result, of any type that DuckDB has. */
export type Value = DuckDBValue;
export type Row = Record<string, Value>;

export interface OpenOptions {
	/** Other recordings, which statements reach under their names. */
	readonly others?: readonly string[];
	/** DuckDB may read and write other files, and its configuration may be changed. Recordings are read-only all the
	 *  same, and must hold nothing that countersink did not write. */
	readonly unsafe?: boolean;
	/** Default: lookingLimits(). */
	readonly limits?: Limits;
	/** Folder in which our statements may write. */
	readonly folder?: string;
	/** Only base tables will be asked, as table() names them. Without views and macros the recording is opened 50 ms
	 *  sooner. */
	readonly onlyTables?: boolean;
	/** Gives SET statements of ours that depend on the recording. They run right before the configuration is locked. */
	readonly settings?: (recording: Recording) => Promise<readonly Sql[]>;
}

const quiet: OpenOptions = {};

export class Recording {
	readonly path: string;
	/** Path of each recording by its name in statements; the first comes first. */
	readonly catalogs: ReadonlyMap<string, string>;
	readonly #instance: Instance;
	#views: Views | null = null;

	private constructor(path: string, catalogs: ReadonlyMap<string, string>, instance: Instance) {
		this.path = path;
		this.catalogs = catalogs;
		this.#instance = instance;
	}

	/** Opens files that `record` made, of this format version. @throws CountersinkError when a file is anything else */
	static async open(path: string, options: OpenOptions = quiet): Promise<Recording> {
		const paths = [path, ...(options.others ?? [])];
		const own = paths.find(isOwn);
		if (own !== undefined) throw new StillWritten(own, String(process.pid));
		checkGiven(paths);
		const { unsafe = false, limits = lookingLimits(), folder } = options;
		const instance = await Instance.create(paths, { unsafe, limits, ...(folder === undefined ? {} : { folder }) });
		try {
			const recording = new Recording(path, await catalogNames(instance, paths), instance);
			await recording.#prepare(options);
			return recording;
		} catch (error) {
			instance.close();
			throw error;
		}
	}

	async #prepare({ unsafe = false, onlyTables = false, settings }: OpenOptions): Promise<void> {
		const streams = new Map<string, readonly StreamShape[]>();
		for (const [name, path] of this.catalogs) streams.set(name, await this.#add(name, path, unsafe));
		if (!onlyTables) {
			const viewed = new Map<string, Viewed>();
			for (const [name, path] of this.catalogs) viewed.set(name, await this.#viewed(name, path, streams.get(name)!));
			this.#views = new Views(this.#instance, viewed);
			await this.#views.make();
			await this.#instance.run(sql`BEGIN`, prelude(), sql`COMMIT`);
		}
		await this.#instance.lock((await settings?.(this)) ?? [], onlyTables);
	}

	/** The streams, with the rows that a killed recorder left in the tail. */
	async #viewed(schema: string, path: string, streams: readonly StreamShape[]): Promise<Viewed> {
		const source = { connection: this.#instance.connection, table: baseTable(schema, "tail"), streams, path };
		return { streams, tails: await openTail(source, tailSchema(schema)) };
	}

	/** The streams of a file that was attached and passed all checks. */
	async #add(name: string, path: string, unsafe: boolean): Promise<StreamShape[]> {
		const database = databaseOf(name);
		try {
			await this.#instance.attach(path, database);
		} catch (error) {
			throw explainOpen(path, error);
		}
		try {
			const shape = await Shape.of(this.#instance, database, path);
			await this.#checkVersion(shape, path);
			await shape.check(fixedStatements());
			await shape.checkTypes(fixedStatements());
			const streams = await new Contents(this.#instance, shape, path).streams();
			await shape.check(streams.map((stream) => streamTables(stream)[0]!));
			if (unsafe) refuseStrangers(await strangersOf(this.#instance, database, streams), path);
			return streams;
		} catch (error) {
			throw error instanceof CountersinkError ? error : damaged(path, error);
		}
	}

	/** Checks the version before anything else, since another version may have other tables. */
	async #checkVersion(shape: Shape, path: string): Promise<void> {
		if (["recording", "streams", "gaps"].some((table) => !shape.isPlain(table)))
			throw usageError(
				`${path} is a DuckDB file but not a recording: it has no tables recording, streams and gaps; name a file made by 'countersink record'`,
			);
		const [row] = await this.rows(
			sql`SELECT format_version, left(countersink_version, 40) AS version FROM ${shape.table("recording")} LIMIT 1`,
		);
		if (!row)
			throw usageError(
				`${path} is a DuckDB file but not a recording: its table recording is empty; name a file made by 'countersink record'`,
			);
		if (row.format_version !== FORMAT_VERSION)
			throw usageError(
				`${path} has format version ${row.format_version}, written by countersink ${row.version}; this countersink reads version ${FORMAT_VERSION}, so use that version`,
			);
	}

	/** A base table of the first recording, with its rowid: for questions that only the file itself may answer. */
	table(table: string): Sql {
		const [first] = this.catalogs.keys();
		return baseTable(first!, table);
	}

	/** Prepares for a statement. Call it with the words of the statement first, since views are created when they are
	 *  needed. */
	async expect(words: string): Promise<void> {
		await this.#views?.expect(words);
	}

	get connection(): DuckDBConnection {
		return this.#instance.connection;
	}

	/** All rows of a statement of ours, by column name. It fails only when the file is damaged. */
	async rows(asked: Sql): Promise<Row[]> {
		try {
			return (await this.connection.runAndReadAll(asked)).getRowObjects();
		} catch (error) {
			throw isOutOfMemory(error) ? tooMuch(this.path) : damaged(this.path, error);
		}
	}

	close(): void {
		this.#instance.close();
	}
}

const tooMuch = (path: string): CountersinkError =>
	failure(`${path} takes more memory to read than is allowed; it holds more than a recording does, or is damaged`);

function refuseStrangers(strangers: readonly Stranger[], path: string): void {
	const [first] = strangers;
	if (!first) return;
	const more = strangers.length > 1 ? ` and ${strangers.length - 1} more` : "";
	throw usageError(
		`${path} holds what countersink did not write (${first.kind} ${first.name}${more}), so --unsafe is refused; copy its tables with countersink recover --clean ${path} -o NEW, and ask the copy`,
	);
}
