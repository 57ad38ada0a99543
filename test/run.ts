// SPDX-License-Identifier: Apache-2.0
/**
 * `npm test`: runs the native tests, then the test files. Words after `npm test --` select by a part of the name. At
 * the end it prints what was skipped and why, and a line with the counts.
 *
 *   --full             everything in its full size (npm run test:full)
 *   --jobs N           files side by side; default: one more than there are CPUs, since most wait for something
 *   --may-skip FILE    fails when a test was skipped for a reason that the file does not have
 *   --max-skipped N    fails when more were skipped
 */
import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { runFiles } from "./runner/run-files.js";
import { Tally, unexcused } from "./runner/tally.js";
import { named } from "./runner/wanted.js";
import { buildNative } from "./support/native.js";
import { FULL } from "./support/size.js";

const { values, positionals } = parseArgs({
	allowPositionals: true,
	options: {
		full: { type: "boolean" },
		jobs: { type: "string" },
		"may-skip": { type: "string" },
		"max-skipped": { type: "string" },
	},
});

/** Sentences of what makes a run fail in which every test passed. */
function complaints(tally: Tally): string[] {
	const most = Number(values["max-skipped"] ?? Number.POSITIVE_INFINITY);
	const allowed = values["may-skip"];
	const reasons = allowed === undefined ? [] : unexcused(tally.reasons, readFileSync(allowed, "utf8"));
	return [
		...(tally.passed === 0 ? ["no test ran"] : []),
		...(tally.skipped > most ? [`${tally.skipped} tests were skipped, more than ${most}`] : []),
		...reasons.map((reason) => `tests were skipped because ${reason}, which ${allowed} does not excuse`),
	];
}

if (values.full) process.env[FULL] = "1";
buildNative();
const tally = new Tally();
const { runNative } = await import("./runner/run-native.js");
runNative(positionals, tally);
/* Those of test/device run in the guest (npm run test:device). */
const files = named("test", /\.test\.ts$/, positionals).filter((path) => !path.startsWith("device/"));
await runFiles(files, Number(values.jobs ?? availableParallelism() + 1), tally);
process.stdout.write(tally.text);
const faults = complaints(tally);
for (const fault of faults) process.stdout.write(`failed: ${fault}\n`);
process.exitCode = tally.failed || faults.length ? 1 : 0;
