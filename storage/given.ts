// SPDX-License-Identifier: Apache-2.0
/** What a user named as recordings, looked at before DuckDB sees it: opening a pipe or a device could wait for ever. */
import { lstatSync, realpathSync, type Stats, statSync } from "node:fs";
import { usageError } from "../base/errors.js";
import { isDuckDB, logPlaces, unreadable } from "./file.js";

/** undefined where there is no such file; a folder on the way that may not be searched is another matter. */
function statOf(path: string, stat: typeof statSync | typeof lstatSync = statSync): Stats | undefined {
	try {
		return stat(path, { throwIfNoEntry: false });
	} catch (error) {
		throw unreadable(path, error);
	}
}

function checkFile(path: string): void {
	const stat = statOf(path);
	if (!stat) throw usageError(`${path} does not exist; 'countersink record -o ${path}' makes a recording`);
	if (stat.isDirectory())
		throw usageError(`${path} is a folder; name a recording, a file that 'countersink record' made`);
	if (!stat.isFile() || !isDuckDB(path)) throw usageError(`${path} is no recording: it is not a DuckDB file`);
}

function checkLogs(path: string): void {
	for (const log of logPlaces(realpathSync(path))) {
		const stat = statOf(log, lstatSync);
		if (stat && !stat.isFile())
			throw usageError(
				`${log} would be read as the log of ${path}, but it is no regular file; if it is not yours, move it away`,
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
