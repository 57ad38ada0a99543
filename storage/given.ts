// SPDX-License-Identifier: Apache-2.0
/** Checks the files that a user named as recordings before DuckDB sees them: opening a pipe or a device could block for
 *  ever. */
import { lstatSync, realpathSync, type Stats, statSync } from "node:fs";
import { usageError } from "../base/errors.js";
import { isDuckDB, isTooLong, logPlaces, unreadable } from "./file.js";

/** The state of a file; undefined where it does not exist. Throws where a folder of the path may not be searched. */
export function statOf(path: string, stat: typeof statSync | typeof lstatSync = statSync): Stats | undefined {
	try {
		return stat(path, { throwIfNoEntry: false });
	} catch (error) {
		if (isTooLong(error)) return undefined;
		throw unreadable(path, error);
	}
}

function checkFile(path: string): void {
	const stat = statOf(path);
	if (!stat) throw usageError(`${path} does not exist; 'countersink record -o ${path}' makes a recording`);
	if (stat.isDirectory())
		throw usageError(`${path} is a folder; name a recording, a file made by 'countersink record'`);
	if (!stat.isFile() || !isDuckDB(path)) throw usageError(`${path} is not a recording: it is not a DuckDB file`);
}

function checkLogs(path: string): void {
	for (const log of logPlaces(realpathSync(path))) {
		const stat = statOf(log, lstatSync);
		if (stat && !stat.isFile())
			throw usageError(
				`${log} would be read as the log of ${path}, but it is not a regular file; move it away if it is not yours`,
			);
	}
}

export function checkGiven(paths: readonly string[]): void {
	for (const path of paths) checkFile(path);
	const files = paths.map((path) => realpathSync(path));
	const twice = paths.find((_, i) => files.indexOf(files[i]!) < i);
	if (twice !== undefined) throw usageError(`${twice} is named twice; name each recording once`);
	for (const path of paths) checkLogs(path);
}
