// SPDX-License-Identifier: Apache-2.0
/** The native programs of the tests. The runner builds them once, or a test file does that runs on its own. */
import { spawnSync } from "node:child_process";
import { packageFile } from "../../base/paths.js";

/** Folders with a Makefile, and the target that builds everything that tests run. */
const targets = { "sampler/native": "tests", "test/device": "all" };

/** The runner sets this when it has built them: make takes 50 ms to find that there is nothing to do. */
const BUILT = "COUNTERSINK_TEST_BUILT";

/** Builds the programs. Fails with the compiler's messages. */
export function buildNative(): void {
	if (process.env[BUILT]) return;
	for (const [folder, target] of Object.entries(targets)) {
		const { status } = spawnSync("make", ["-s", "-j2", "-C", packageFile(folder), target], {
			stdio: ["ignore", "inherit", "inherit"],
		});
		if (status !== 0) throw new Error(`the native programs of ${folder} cannot be built; see what make said`);
	}
	process.env[BUILT] = "1";
}
