// SPDX-License-Identifier: Apache-2.0
/** A folder for each test file, removed when its tests are over. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";

/** A function that gives paths of files in a new folder. */
export function scratch(): (name: string) => string {
	const folder = mkdtempSync(join(tmpdir(), "countersink-"));
	after(() => rmSync(folder, { recursive: true, force: true }));
	return (name) => join(folder, name);
}
