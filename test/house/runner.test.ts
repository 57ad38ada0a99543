// SPDX-License-Identifier: Apache-2.0
/** How `npm test` counts: skips are counted with their reasons, and a reason that is not excused fails the run. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { packageFile } from "../../base/paths.js";
import { alone } from "../runner/alone.js";
import { Tally, unexcused } from "../runner/tally.js";
import { needs } from "../support/needs.js";

test("skipped tests are listed by reason, and counted", () => {
	const tally = new Tally();
	tally.passed = 2;
	assert.equal(tally.text, "\n2 passed, 0 failed\n");
	tally.skip("a", "it needs root");
	tally.skip("b", "ip is not installed (Debian: iproute2)");
	tally.skip("c", "it needs root");
	assert.equal(tally.skipped, 3);
	assert.equal(
		tally.text,
		"\nskipped because it needs root:\n  a\n  c\nskipped because ip is not installed (Debian: iproute2):\n  b\n2 passed, 0 failed, 3 skipped\n",
	);
});

test("a line excuses a reason that differs from it only at its stars", () => {
	const excuses = "# nothing\n\nneeds (more) than *   # of some kernels\nit needs root\n";
	const table: [reason: string, excused: boolean][] = [
		["it needs root", true],
		["it needs root and more", false],
		["needs (more) than 6.1", true],
		["needs more than 6.1", false],
		["# nothing", false],
		["", false],
	];
	for (const [reason, excused] of table)
		assert.deepEqual(unexcused([reason], excuses), excused ? [] : [reason], reason);
});

/** What needs() returns in a process with this PATH, as this user. */
function said(path: string, ...identity: readonly string[]): [unknown, unknown, unknown] {
	const script = `import { needs } from "${new URL("../support/needs.js", import.meta.url)}";
		console.log(JSON.stringify([needs("perf"), needs("root"), needs("perf", "root")]));`;
	const [command, ...words] = [...identity, process.execPath, "--input-type=module", "-e", script];
	const { stdout, stderr } = spawnSync(command!, words, { encoding: "utf8", env: { PATH: path } });
	assert.equal(stderr, "");
	return JSON.parse(stdout);
}

test("a missing program is named with its package", (t) => {
	const empty = mkdtempSync(join(tmpdir(), "countersink-"));
	t.after(() => rmSync(empty, { recursive: true }));
	const isRoot = process.geteuid!() === 0;
	const root = isRoot ? false : "it needs root";
	const perf = "perf is not installed (Debian: linux-perf)";
	assert.deepEqual(said(empty), [perf, root, isRoot ? perf : `${perf}, it needs root`]);
	writeFileSync(join(empty, "perf"), "");
	assert.deepEqual(said(empty)[0], perf, "a file that cannot be run");
	rmSync(join(empty, "perf"));
	symlinkSync("/bin/true", join(empty, "perf"));
	assert.deepEqual(said(empty), [false, root, root]);
	assert.equal(needs(), false);
});

test("files that run alone exist", () => {
	for (const name of Object.keys(alone)) assert.ok(existsSync(packageFile(`test/${name}.test.ts`)), name);
});
