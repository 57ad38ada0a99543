// SPDX-License-Identifier: Apache-2.0
/** Runs as the user nobody, without any privilege: everything that needs none works, and what is missing is said
 *  once. */
import assert from "node:assert/strict";
import { chmodSync, chownSync, mkdirSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { type TestContext, test } from "node:test";
import { packageFile } from "../../base/paths.js";
import { countersink, type Outcome, startProgram, startThrough } from "../support/countersink.js";
import { scratch } from "../support/folder.js";
import { judgeFile, withFile } from "../support/judge.js";
import { needs } from "../support/needs.js";

const NOBODY = 65534;
const asNobody = ["setpriv", `--reuid=${NOBODY}`, `--regid=${NOBODY}`, "--clear-groups", "--bounding-set=-all"];

const file = scratch();

/** One sentence why nobody cannot run this checkout; null where they can. */
async function why(): Promise<string | null> {
	const lacking = needs("root");
	if (lacking) return lacking;
	const needed = [
		process.execPath,
		packageFile("dist/cli/main.js"),
		packageFile("build/native/release/countersink-sampler"),
	];
	const words = [...asNobody.slice(1), "sh", "-c", 'for f; do test -r "$f" || exit 1; done', "sh", ...needed];
	const { code, stderr } = await startProgram(asNobody[0]!, words).outcome;
	return code === 0 ? null : `nobody may not read this checkout ${stderr}`;
}

/** Runs countersink as nobody, in a folder of that user. */
async function run(t: TestContext, words: readonly string[]): Promise<Outcome | null> {
	const reason = await why();
	if (reason !== null) {
		t.skip(reason);
		return null;
	}
	chmodSync(file(""), 0o755);
	mkdirSync(file("theirs"), { recursive: true });
	chownSync(file("theirs"), NOBODY, NOBODY);
	return startThrough(asNobody, words, { cwd: file("theirs") }).outcome;
}

test("nobody records; that real-time was not granted is said once, with what to do", async (t) => {
	const outcome = await run(t, ["record", "-e", "synthetic:0/*@1kHz", "-d", "500ms", "-o", "nobody.duckdb"]);
	if (!outcome) return;
	assert.equal(outcome.code, 0, outcome.stderr);
	assert.equal(outcome.stdout, "");
	const [warning, ...summary] = outcome.stderr.trimEnd().split("\n");
	assert.equal(
		warning,
		"countersink: real-time scheduling was not granted, so other processes delay reads; 'countersink doctor' tells how to get it",
	);
	assert.match(summary.join("\n"), /^nobody\.duckdb: 500 ms, complete, [^\n]*\n {2}synthetic: [^\n]*$/);
	const path = file("theirs/nobody.duckdb");
	assert.equal(statSync(path).uid, NOBODY);
	await withFile(path, async (recording) => {
		assert.deepEqual(await recording.row("SELECT realtime FROM recording"), { realtime: false });
	});
	assert.equal((await judgeFile(path)).ended, "complete");
});

test("nobody who did not ask for real-time is not told about it", async (t) => {
	const outcome = await run(t, ["record", "-e", "synthetic:0/*", "-d", "100ms", "--no-realtime", "-o", "quiet.duckdb"]);
	if (!outcome) return;
	assert.equal(outcome.code, 0, outcome.stderr);
	assert.doesNotMatch(outcome.stderr, /real-time/);
});

test("nobody may not write everywhere", async (t) => {
	const path = file("not-theirs.duckdb");
	const outcome = await run(t, ["record", "-e", "synthetic:0/*", "-d", "100ms", "-o", path]);
	if (!outcome) return;
	assert.equal(outcome.code, 4);
	assert.equal(outcome.stderr, `countersink: the folder ${dirname(path)} is not writable; name another file with -o\n`);
});

test("nobody may not read everything", async (t) => {
	const path = file("secret.duckdb");
	await countersink(["record", "-e", "synthetic:0/ramp", "-d", "50ms", "-o", path]);
	chmodSync(path, 0o600);
	const outcome = await run(t, ["info", path]);
	if (!outcome) return;
	assert.equal(outcome.code, 4);
	assert.match(
		outcome.stderr,
		/^countersink: .*secret\.duckdb cannot be read \(EACCES[^\n]*\); check its permissions\n$/,
	);
});
