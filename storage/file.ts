// SPDX-License-Identifier: Apache-2.0
/** A recording as a file, known without opening it: no DuckDB is loaded for that. */
import { closeSync, existsSync, openSync, readSync, rmSync } from "node:fs";
import { type CountersinkError, messageOf, unavailable } from "../base/errors.js";

/** Raised whenever a reader of older recordings would misunderstand a newer one. */
export const FORMAT_VERSION = 6;

/** A DuckDB file has this at byte 8. */
const MAGIC = "DUCK";
const MAGIC_OFFSET = 8;

export const unreadable = (path: string, error: unknown): CountersinkError =>
	unavailable(`${path} cannot be read (${messageOf(error)}); check its permissions`);

/** Whether a regular file begins as a DuckDB file does. Throws when it may not be read. */
export function isDuckDB(path: string): boolean {
	const head = Buffer.alloc(MAGIC_OFFSET + MAGIC.length);
	try {
		const fd = openSync(path, "r");
		readSync(fd, head, 0, head.length, 0);
		closeSync(fd);
	} catch (error) {
		throw unreadable(path, error);
	}
	return head.toString("latin1", MAGIC_OFFSET) === MAGIC;
}

/** The process that DuckDB says holds the lock of a file, "" when it does not say which, null for any other complaint. */
export function lockHolder(complaint: string): string | null {
	return /could not set lock|conflicting lock/i.test(complaint) ? (/\(PID (\d+)\)/.exec(complaint)?.[1] ?? "") : null;
}

/** What DuckDB adds to the name of a file: the log, and the two that stand in for it while it is being merged. */
const logs = [".wal", ".wal.checkpoint", ".wal.recovery"] as const;

/** Where the log of a file may be. */
export const logPlaces = (path: string): string[] => logs.map((log) => `${path}${log}`);

/** The log that lies beside a file, first of all the one that DuckDB would read; undefined: none does. */
export const logOf = (path: string): string | undefined => logPlaces(path).find((place) => existsSync(place));

/** Under a name that the file system cannot hold there is no file. */
export const isTooLong = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === "ENAMETOOLONG";

/** The file and its log. */
export function removeRecording(path: string): void {
	for (const place of [path, ...logPlaces(path)])
		try {
			rmSync(place, { force: true });
		} catch (error) {
			if (!isTooLong(error)) throw error;
		}
}
