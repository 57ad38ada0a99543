// SPDX-License-Identifier: Apache-2.0
/**
 * The recordings that this process writes. The lock that keeps other processes from a file does not keep out the
 * process that holds it (fcntl(2)): it could open the file a second time, and closing that would give up the lock. So
 * nothing opens a file of this list.
 */
import { realpathSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { unavailable } from "../base/errors.js";

const claimed = new Set<string>();

/** The path by which a file is known, whether it exists already or not. */
function placeOf(path: string): string {
	try {
		return join(realpathSync(dirname(path)), resolve(path).split("/").at(-1)!);
	} catch {
		return resolve(path);
	}
}

const look = (path: string) => statSync(path, { throwIfNoEntry: false });

/** Whether this process writes the file. */
export function isOwn(path: string): boolean {
	if (claimed.size === 0) return false;
	if (claimed.has(placeOf(path))) return true;
	const file = look(path);
	return file !== undefined && [...claimed].some((other) => isSame(file, look(other)));
}

type Found = ReturnType<typeof look>;

const isSame = (a: Found, b: Found): boolean => a?.dev === b?.dev && a?.ino === b?.ino;

/** Notes that this process is going to write the file. @returns takes the note back */
export function claim(path: string): () => void {
	if (isOwn(path))
		throw unavailable(`${path} is still being written by this process (${process.pid}); name another file with -o`);
	const place = placeOf(path);
	claimed.add(place);
	return () => claimed.delete(place);
}
