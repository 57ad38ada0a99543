// SPDX-License-Identifier: Apache-2.0
/** The file of a recording before and after there is one: what may be written or replaced, and what is removed. */
import { accessSync, constants, existsSync, rmSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { CountersinkError, usageError } from "../base/errors.js";
import { isDuckDB, writerOf } from "./recording.js";

const another = "name another file with -o";

function checkFolder(path: string): void {
	const folder = dirname(path);
	if (!existsSync(folder) || !statSync(folder).isDirectory())
		throw usageError(`there is no folder ${folder} for ${path}; make it, or ${another}`);
	try {
		accessSync(folder, constants.W_OK | constants.X_OK);
	} catch {
		throw new CountersinkError("unavailable", `the folder ${folder} may not be written to; ${another}`);
	}
}

/** Only a recording is ever replaced, and none that another process still writes. */
async function checkReplaceable(path: string): Promise<void> {
	const stat = statSync(path);
	if (stat.isDirectory()) throw usageError(`${path} is a folder; ${another}`);
	if (!stat.isFile() || (stat.size > 0 && !isDuckDB(path)))
		throw usageError(`${path} is no recording, so it is not replaced; remove it, or ${another}`);
	const writer = await writerOf(path);
	if (writer !== null)
		throw new CountersinkError("unavailable", `${path} is still being written by process ${writer}; ${another}`);
}

/** Fails before anything is started when the file must not or cannot be written; removes what is to be replaced. */
export async function prepareOutput(path: string, overwrite: boolean): Promise<void> {
	if (path === "") throw usageError(`the name of the recording is empty; ${another}`);
	checkFolder(path);
	if (!existsSync(path)) return;
	if (!overwrite) throw usageError(`${path} exists; ${another}, or replace it with --overwrite`);
	await checkReplaceable(path);
	removeRecording(path);
}

/** The file and its log. */
export function removeRecording(path: string): void {
	rmSync(path, { force: true });
	rmSync(`${path}.wal`, { force: true });
}
