// SPDX-License-Identifier: Apache-2.0
/** Decides which statements a user may run. DuckDB refuses those that would write to a recording. This file refuses
 *  those that reach other files, or would overwrite the recording itself, which DuckDB must be able to open. */
import { realpathSync } from "node:fs";
import type { StatementType as Type } from "@duckdb/node-api";
import { type CountersinkError, usageError } from "../base/errors.js";
import { duckdbClient } from "./duckdb.js";

const { StatementType } = duckdbClient();

/** Why a type of statement is refused. All others read, or make temporary things (a PIVOT makes a type) that end with
 *  the session. */
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

/** Matches EXPLAIN ANALYZE, which runs the statement that it explains. Only the words of that statement can be
 *  checked. */
const analyses = /\banaly[sz]e\b/i;
const beyond = /\b(attach|copy|execute|export|import|install|load|prepare)\b/i;

/* If the log cannot be written, the next statement fails, and at the end the process crashes. */
const logsToFile = /\benable_logging\b[^;]*\b(file|storage_path|storage_config)\b/i;

/** @param words words of all statements that are run together  @returns null where it may run */
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

/** With --unsafe users may do whatever they have the right to, but not by accident: a plain ATTACH opens a file for
 *  writing, and a COPY can overwrite a recording that is being asked.
 *  @param paths paths of the recordings
 *  @returns null where it may run */
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

/** Whether a statement can do nothing but answer. All others run in a transaction that can write only to temporary
 *  things. */
export const onlyAnswers = (type: Type): boolean => type === StatementType.SELECT;
