// SPDX-License-Identifier: Apache-2.0
import { readdirSync } from "node:fs";

/** Names in a folder, sorted so that lists are stable; none when the folder is missing or may not be read. */
export function namesIn(path: string): string[] {
	try {
		return readdirSync(path).sort();
	} catch {
		return [];
	}
}
