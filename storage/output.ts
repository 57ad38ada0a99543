// SPDX-License-Identifier: Apache-2.0
/** Where a recording may be written, and what it may replace. */
import { accessSync, constants, existsSync, renameSync, rmSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { unavailable, usageError } from "../base/errors.js";
import { Aside, settleAside } from "./aside.js";
import { logOf } from "./file.js";

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

/** Only a recording is ever replaced, of whatever version, and none that another process still writes. */
async function checkReplaceable(path: string): Promise<void> {
	const stat = statSync(path);
	if (stat.isFile() && stat.size === 0) return;
	const { recognise } = await import("./recognise.js");
	const found = stat.isFile() ? await recognise(path) : ({ kind: "other", why: "" } as const);
	if (found.kind === "other")
		throw usageError(
			`${path} is no recording, so it is not replaced${found.why && ` (${found.why})`}; remove it, or ${another}`,
		);
	if (found.kind === "written")
		throw unavailable(`${path} is still being written${found.holder && ` by process ${found.holder}`}; ${another}`);
}

/** DuckDB would take it for the log of the new recording, and whoever made it would lose it. */
function checkNoLog(path: string): void {
	const log = logOf(path);
	if (log !== undefined)
		throw usageError(
			`${log} is there without ${path}, whose log it would be; move ${path} back beside it, remove it, or ${another}`,
		);
}

/** Fails before anything is started when the file must not or cannot be written. What runs that were killed have moved aside is put
 *  where it belongs first.
 *  @param say is told of that */
export async function checkOutput(
	path: string,
	overwrite: boolean,
	say: (sentence: string) => void = () => {},
): Promise<void> {
	if (path === "") throw usageError(`the name of the recording is empty; ${another}`);
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

/** The same, and moves aside what is to be replaced. @returns null: nothing is */
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

/** Moves a recording that is whole to its place; what it replaces is gone only then. */
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
