// SPDX-License-Identifier: Apache-2.0
/** A private folder for what does not fit into memory. It is in the system's folder for temporary files, never beside a
 *  recording. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { notAtDeath, removedAtDeath } from "../base/at-death.js";

export class Scratch {
	/** Absolute path; the mode is 0700. */
	readonly folder: string;

	/** Throws where there is no room for temporary files, or no right to create any. */
	constructor() {
		this.folder = mkdtempSync(join(tmpdir(), ".countersink-spill-"));
		removedAtDeath(this.folder);
	}

	close(): void {
		rmSync(this.folder, { recursive: true, force: true });
		notAtDeath(this.folder);
	}
}
