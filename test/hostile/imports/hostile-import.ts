// SPDX-License-Identifier: Apache-2.0
/** What hostile imports are made of. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Sandbox } from "../bait.js";

export interface HostileImport {
	readonly name: string;
	/** Writes it into the sandbox. @returns its path */
	make(sandbox: Sandbox): string | Promise<string>;
}

export const written = (sandbox: Sandbox, name: string, bytes: string | Uint8Array): string => {
	const path = join(sandbox.in, name);
	writeFileSync(path, bytes);
	return path;
};
