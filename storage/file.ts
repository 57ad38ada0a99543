// SPDX-License-Identifier: Apache-2.0
/** What can be known of a recording as a file, without loading DuckDB. */
import { closeSync, existsSync, openSync, readSync, rmSync } from "node:fs";
import { type CountersinkError, messageOf, unavailable } from "../base/errors.js";

/** Raised whenever a reader of older recordings would misunderstand a newer one. */
export const FORMAT_VERSION = 6;

/** The bytes at offset 8 of a DuckDB file. */
const MAGIC = "DUCK";
const MAGIC_OFFSET = 8;

export const unreadable = (path: string, error: unknown): CountersinkError =>
	unavailable(`${path} cannot be read (${messageOf(error)}); check its permissions`);

/** Whether a regular file starts like a DuckDB file. Throws when it cannot be read. */
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

/** The process that holds the lock of a file according to DuckDB's message; "" if it names none; null for any other
 *  message. */
export function lockHolder(complaint: string): string | null {
	return /could not set lock|conflicting lock/i.test(complaint) ? (/\(PID (\d+)\)/.exec(complaint)?.[1] ?? "") : null;
}

/** Extensions that DuckDB adds to the name of a file: the log, and the two files that replace it while it is merged. */
const logs = [".wal", ".wal.checkpoint", ".wal.recovery"] as const;

/** The paths where the log of a file may be. */
export const logPlaces = (path: string): string[] => logs.map((log) => `${path}${log}`);

/** The log beside a file; of several the one that DuckDB would read; undefined where there is none. */
export const logOf = (path: string): string | undefined => logPlaces(path).find((place) => existsSync(place));

/** Whether a name is too long for the file system, so that no file can have it. */
export const isTooLong = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === "ENAMETOOLONG";

/** Removes the file and its log. */
export function removeRecording(path: string): void {
	for (const place of [path, ...logPlaces(path)])
		try {
			rmSync(place, { force: true });
		} catch (error) {
			if (!isTooLong(error)) throw error;
		}
}
