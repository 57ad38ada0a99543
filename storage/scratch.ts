// SPDX-License-Identifier: Apache-2.0
/**
 * The private folder for what does not fit into memory: under the system's folder for temporary files, never beside a recording, and
 * named after the process, so that whoever started a process that died can clear what it left.
 */
import { lstatSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const prefixOf = (pid: number): string => `.countersink-spill-${pid}-`;

const open = new Set<string>();

const remove = (folder: string): void => rmSync(folder, { recursive: true, force: true });

/* Also when something ends the process by process.exit(); after a signal it is for whoever started it. */
process.on("exit", () => open.forEach(remove));

export class Scratch {
	/** Absolute; mode 0700. */
	readonly folder: string;

	/** Throws where there is no room for temporary files, or no right to make any. */
	constructor() {
		this.folder = mkdtempSync(join(tmpdir(), prefixOf(process.pid)));
		open.add(this.folder);
	}

	close(): void {
		remove(this.folder);
		open.delete(this.folder);
	}
}

/** Removes what a process of this user left behind. @param pid of one that has ended */
export function clearScratch(pid: number): void {
	for (const name of readdirSync(tmpdir()).filter((found) => found.startsWith(prefixOf(pid)))) {
		const folder = join(tmpdir(), name);
		const found = lstatSync(folder, { throwIfNoEntry: false });
		if (found?.isDirectory() && found.uid === process.getuid?.()) remove(folder);
	}
}
