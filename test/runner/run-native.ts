// SPDX-License-Identifier: Apache-2.0
/** Runs the tests that are C programs. Each prints a line `ok NAME` for what it has tested, and exits with 0. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { packageFile } from "../../base/paths.js";
import { isFull } from "../support/size.js";
import type { Tally } from "./tally.js";
import { named } from "./wanted.js";

/** Folders of sources, and the folders of their programs. */
const programs = {
	"test/native": "build/native/release",
	"test/device/native": "build/native/release/device",
};

const words: Record<string, readonly string[]> = {
	plan_fuzz: [packageFile("test/native/plans"), isFull ? "200000" : "50000"],
};

function runOne(folder: string, name: string, tally: Tally): void {
	const { status, stdout, stderr } = spawnSync(packageFile(join(folder, name)), words[name] ?? [], {
		encoding: "utf8",
	});
	process.stdout.write(`${name}\n${stdout}${stderr}`);
	if (status === 0) tally.passed += stdout.match(/^ok /gm)?.length ?? 1;
	else tally.failed++;
}

export function runNative(wanted: readonly string[], tally: Tally): void {
	for (const [sources, built] of Object.entries(programs))
		for (const name of named(sources, /_(test|fuzz)\.c$/, wanted)) runOne(built, name, tally);
}
