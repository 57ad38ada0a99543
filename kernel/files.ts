// SPDX-License-Identifier: Apache-2.0
/** The few ways in which catalogues look at /proc and /sys before the first tick. What is not there is a plain value. */
import { readdirSync, readFileSync } from "node:fs";

/** The whole text of a file; null where it is missing, or the kernel refuses to tell (a feature that is switched off). */
export function readText(path: string): string | null {
	try {
		return readFileSync(path, "utf8");
	} catch {
		return null;
	}
}

/** Names in a folder, sorted, so that lists are the same each time; none where it is missing. */
export function namesIn(path: string): string[] {
	try {
		return readdirSync(path).sort();
	} catch {
		return [];
	}
}
