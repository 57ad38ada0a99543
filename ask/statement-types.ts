// SPDX-License-Identifier: Apache-2.0
/** Decides which types of statement may run. DuckDB itself refuses to write to a recording. This file refuses
 *  statements that reach beyond the recording, or would overwrite its file, which DuckDB must be permitted to open. */
import { realpathSync } from "node:fs";
import type { StatementType as Type } from "@duckdb/node-api";
import { duckdbClient } from "../base/duckdb.js";
import { type CountersinkError, usageError } from "../base/errors.js";

const { StatementType } = duckdbClient();

/** Refused types, each with the reason. All others read, or make temporary objects (a PIVOT makes a type) that end
 *  with the session. */
const refused: ReadonlyMap<Type, string> = new Map([
	[StatementType.ATTACH, "opens other files"],
	[StatementType.DETACH, "closes the recording"],
	[StatementType.COPY, "reads or writes other files"],
	[StatementType.COPY_DATABASE, "writes other files"],
	[StatementType.EXPORT, "writes other files"],
	[StatementType.LOAD, "loads other code"],
	[StatementType.EXTENSION, "loads other code"],
	[StatementType.UPDATE_EXTENSIONS, "loads other code"],
	[StatementType.PRAGMA, "changes how DuckDB works"],
	[StatementType.TRANSACTION, "holds what others may need"],
	[StatementType.VACUUM, "is for files that are written"],
	[StatementType.LOGICAL_PLAN, "cannot be checked"],
	[StatementType.PREPARE, "hides what it does"],
	[StatementType.EXECUTE, "hides what it does"],
]);

/** EXPLAIN ANALYZE runs the statement that it explains. DuckDB does not tell the type of that statement, so its words
 *  decide. */
const analyses = /\banaly[sz]e\b/i;
const beyond = /\b(attach|copy|execute|export|import|install|load|prepare)\b/i;

/* A log that cannot be written makes the next statement fail, and aborts the process when the session is closed. */
const logsToFile = /\benable_logging\b[^;]*\b(file|storage_path|storage_config)\b/i;

/** @param words the text of all statements that are run together  @returns null: the statement may run */
export function refusal(type: Type, words: string): CountersinkError | null {
	if (logsToFile.test(words))
		return usageError(
			"enable_logging with a file is refused, since it writes one; log in memory, or permit it with --unsafe",
		);
	if (type === StatementType.EXPLAIN && analyses.test(words) && beyond.test(words))
		return usageError(
			`EXPLAIN ANALYZE is refused beside the word ${beyond.exec(words)![0]}, since it runs what it explains; ask with SELECT, or permit it with --unsafe`,
		);
	const why = refused.get(type);
	const name = StatementType[type].replaceAll("_", " ");
	return why === undefined
		? null
		: usageError(`${name} is refused, since it ${why}; ask with SELECT, or permit it with --unsafe`);
}

const writers = new Set([StatementType.COPY, StatementType.EXPLAIN]);
const targets = /\bto\s+'((?:[^']|'')*)'/gi;

const realOf = (path: string): string | null => {
	try {
		return realpathSync(path);
	} catch {
		return null;
	}
};

/** With --unsafe a statement may do what the user may do anyway. Two accidents are still refused: attaching a file for
 *  writing without saying so, and overwriting a recording that is being asked.
 *  @param paths the files of the recordings  @returns null: the statement may run */
export function refusalUnsafe(type: Type, words: string, paths: readonly string[]): CountersinkError | null {
	if (type === StatementType.ATTACH && !/\bread_(only|write)\b/i.test(words))
		return usageError("ATTACH would open the file for writing; add (READ_ONLY), or (READ_WRITE) if you mean to write");
	if (!writers.has(type)) return null;
	const kept = paths.map(realOf);
	const over = [...words.matchAll(targets)].find(([, target]) =>
		kept.includes(realOf(target!.replaceAll("''", "'")) ?? ""),
	);
	return over
		? usageError(`${over[1]} is a recording that this command reads, and would be overwritten; name another file`)
		: null;
}

/** Whether the statement can only read. All others run in a transaction in which only temporary objects can be
 *  written. */
export const onlyAnswers = (type: Type): boolean => type === StatementType.SELECT;
