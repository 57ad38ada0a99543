// SPDX-License-Identifier: Apache-2.0
/** Where a recording may be written, and what it may replace. */
import { accessSync, constants, existsSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { unavailable, usageError } from "../base/errors.js";
import { isDuckDB, removeRecording } from "./file.js";

const another = "name another file with -o";

function checkFolder(path: string): void {
	const folder = dirname(path);
	if (!existsSync(folder) || !statSync(folder).isDirectory())
		throw usageError(`there is no folder ${folder} for ${path}; make it, or ${another}`);
	try {
		accessSync(folder, constants.W_OK | constants.X_OK);
	} catch {
		throw unavailable(`the folder ${folder} may not be written to; ${another}`);
	}
}

/** Only a recording is ever replaced, and none that another process still writes. */
async function checkReplaceable(path: string): Promise<void> {
	const stat = statSync(path);
	if (!stat.isFile() || (stat.size > 0 && !isDuckDB(path)))
		throw usageError(`${path} is no recording, so it is not replaced; remove it, or ${another}`);
	const { writerOf } = await import("./recording.js");
	const writer = await writerOf(path);
	if (writer !== null)
		throw unavailable(`${path} is still being written${writer && ` by process ${writer}`}; ${another}`);
}

/** Fails before anything is started when the file must not or cannot be written. */
export async function checkOutput(path: string, overwrite: boolean): Promise<void> {
	if (path === "") throw usageError(`the name of the recording is empty; ${another}`);
	if (resolve(path).includes("?"))
		throw usageError(`DuckDB cannot write to a path with '?', as in ${path}; ${another}`);
	checkFolder(path);
	const stat = statSync(path, { throwIfNoEntry: false });
	if (!stat) return;
	if (stat.isDirectory()) throw usageError(`${path} is a folder; ${another}`);
	if (!overwrite) throw usageError(`${path} exists; ${another}, or replace it with --overwrite`);
	await checkReplaceable(path);
}

/** The same, and removes what is to be replaced. */
export async function prepareOutput(path: string, overwrite: boolean): Promise<void> {
	await checkOutput(path, overwrite);
	removeRecording(path);
}
