// SPDX-License-Identifier: Apache-2.0
/** Checks where a recording may be written, and what it may replace. */
import { accessSync, constants, existsSync, renameSync, rmSync, statSync } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import { unavailable, usageError } from "../base/errors.js";
import { Aside, settleAside } from "./aside.js";
import { logOf } from "./file.js";

/** The longest name. Files beside it, such as its log, have a longer name, and a file system holds 255 bytes. */
const MAX_NAME_BYTES = 200;

const another = "name another file with -o";

function checkFolder(path: string): void {
	const folder = dirname(path);
	if (!existsSync(folder) || !statSync(folder).isDirectory())
		throw usageError(`there is no folder ${folder} for ${path}; make it, or ${another}`);
	try {
		accessSync(folder, constants.W_OK | constants.X_OK);
	} catch {
		throw unavailable(`the folder ${folder} is not writable; ${another}`);
	}
}

/** Refuses to replace anything but a recording, of whatever version, that no process writes any more. */
async function checkReplaceable(path: string): Promise<void> {
	const stat = statSync(path);
	if (stat.isFile() && stat.size === 0) return;
	const { recognise } = await import("./recognise.js");
	const found = stat.isFile() ? await recognise(path) : ({ kind: "other", why: "" } as const);
	if (found.kind === "other")
		throw usageError(
			`${path} is not a recording, so it is not replaced${found.why && ` (${found.why})`}; remove it, or ${another}`,
		);
	if (found.kind === "written")
		throw unavailable(`${path} is still being written${found.holder && ` by process ${found.holder}`}; ${another}`);
}

/** Refuses a path that has a log without a file. DuckDB would take that log for the log of the new recording, and its
 *  owner would lose it. */
function checkNoLog(path: string): void {
	const log = logOf(path);
	if (log !== undefined)
		throw usageError(
			`${log} is the log of a missing ${path}; move ${path} back beside it, remove ${log}, or ${another}`,
		);
}

/** Fails before anything is started when the file must not or cannot be written. First it puts back what killed runs
 *  have moved aside.
 *  @param say gets sentences about that */
export async function checkOutput(
	path: string,
	overwrite: boolean,
	say: (sentence: string) => void = () => {},
): Promise<void> {
	if (path === "") throw usageError(`the name of the recording is empty; ${another}`);
	if (Buffer.byteLength(basename(path)) > MAX_NAME_BYTES)
		throw usageError(`the name of the recording is longer than ${MAX_NAME_BYTES} bytes; ${another}`);
	if (resolve(path).includes("?"))
		throw usageError(`DuckDB cannot write to a path with '?', as in ${path}; ${another}`);
	checkFolder(path);
	for (const sentence of await settleAside(path)) say(sentence);
	const stat = statSync(path, { throwIfNoEntry: false });
	if (!stat) return checkNoLog(path);
	if (stat.isDirectory()) throw usageError(`${path} is a folder; ${another}`);
	if (!overwrite) throw usageError(`${path} exists; ${another}, or replace it with --overwrite`);
	await checkReplaceable(path);
}

/** Checks the output, then moves aside what is to be replaced. @returns null where nothing is */
export async function prepareOutput(
	path: string,
	overwrite: boolean,
	say?: (sentence: string) => void,
): Promise<Aside | null> {
	await checkOutput(path, overwrite, say);
	const stat = statSync(path, { throwIfNoEntry: false });
	if (stat?.size === 0) rmSync(path);
	return stat && stat.size > 0 ? Aside.move(path) : null;
}

/** Moves a complete recording to its place. What it replaces is removed only then. */
export async function moveIntoPlace(made: string, path: string, overwrite: boolean): Promise<void> {
	const old = await prepareOutput(path, overwrite);
	try {
		renameSync(made, path);
	} catch (error) {
		old?.putBack();
		throw error;
	}
	old?.remove();
}
