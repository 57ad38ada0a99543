// SPDX-License-Identifier: Apache-2.0
/**
 * A DuckDB that may open a file from a stranger. Before it does, it is shut off: it can open only the named files, load
 * no extension, and use limited memory. The files are attached under names that nobody types and that are not searched
 * for tables or functions. So what a file holds is data, and nothing that it carries (a view, a macro) can answer a
 * question.
 */
import { realpathSync } from "node:fs";
import type { DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import { duckdbClient } from "../base/duckdb.js";
import { logPlaces } from "./file.js";
import type { Limits } from "./limits.js";
import { Scratch } from "./scratch.js";
import { join, name, type Sql, sql, text, texts } from "./sql.js";

export interface Shut {
	/** Statements may read and write other files, and change the configuration. */
	readonly unsafe: boolean;
	readonly limits: Limits;
	/** A folder of ours in which our statements may write. Memory is spilled to its `spill`, without a limit. */
	readonly folder?: string;
}

/** The absolute path without links. Another path could mean something else to DuckDB, such as ":memory:" or
 *  "s3://...". */
const placeOf = (path: string): string => realpathSync(path);

export class Instance {
	readonly connection: DuckDBConnection;
	readonly #instance: DuckDBInstance;
	readonly #scratch: Scratch | null;
	readonly #shut: Shut;

	private constructor(instance: DuckDBInstance, connection: DuckDBConnection, scratch: Scratch | null, shut: Shut) {
		this.#instance = instance;
		this.connection = connection;
		this.#scratch = scratch;
		this.#shut = shut;
	}

	/** @param paths the only files that it may ever open, together with their logs */
	static async create(paths: readonly string[], shut: Shut): Promise<Instance> {
		const { DuckDBInstance } = duckdbClient();
		const { limits, folder } = shut;
		const scratch = limits.spill > 0 && folder === undefined ? new Scratch() : null;
		const spill = folder === undefined ? (scratch?.folder ?? "") : `${folder}/spill`;
		const instance = await DuckDBInstance.create(":memory:", {
			autoinstall_known_extensions: "false",
			autoload_known_extensions: "false",
			memory_limit: `${limits.memory}B`,
			temp_directory: spill,
			...(scratch && { max_temp_directory_size: `${limits.spill}B` }),
			...(limits.threads && { threads: String(limits.threads) }),
		});
		const made = new Instance(instance, await instance.connect(), scratch, shut);
		await made.#close(paths);
		return made;
	}

	/** Shuts DuckDB off. A locked setting cannot be changed again, and external access cannot be switched back on. */
	async #close(paths: readonly string[]): Promise<void> {
		if (this.#shut.unsafe) return;
		const { folder } = this.#shut;
		const places = paths.map(placeOf);
		await this.run(sql`SET allowed_paths = ${texts(places.flatMap((place) => [place, ...logPlaces(place)]))}`);
		if (folder !== undefined) await this.run(sql`SET allowed_directories = ${texts([folder])}`);
		await this.run(sql`SET enable_external_access = false`);
	}

	async attach(path: string, database: string): Promise<void> {
		await this.run(sql`ATTACH ${text(placeOf(path))} AS ${name(database)} (READ_ONLY)`);
	}

	/** Locks the configuration once everything is attached. @param blind from now on it opens no file, not even a named
	 *  one */
	async lock(settings: readonly Sql[], blind: boolean): Promise<void> {
		const { unsafe } = this.#shut;
		for (const setting of settings) await this.run(setting);
		if (unsafe) return;
		if (blind) await this.run(sql`SET disabled_filesystems = 'LocalFileSystem'`);
		await this.run(sql`SET lock_configuration = true`);
	}

	/** Runs statements. Several take effect together or not at all. */
	async run(...statements: readonly Sql[]): Promise<void> {
		await this.connection.run(join(statements, sql`; `));
	}

	close(): void {
		this.connection.closeSync();
		this.#instance.closeSync();
		this.#scratch?.close();
	}
}
