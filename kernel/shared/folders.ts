// SPDX-License-Identifier: Apache-2.0
import { readdirSync } from "node:fs";

/** Names in a folder, sorted, so that lists are the same each time; none where it is missing or may not be read. */
export function namesIn(path: string): string[] {
	try {
		return readdirSync(path).sort();
	} catch {
		return [];
	}
}
