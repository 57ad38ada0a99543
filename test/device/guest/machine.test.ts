// SPDX-License-Identifier: Apache-2.0
/** What countersink could do before there was a device, on this kernel. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { countersink } from "../../support/cli.js";

const ok = (words: readonly string[]): string => {
	const { status, stdout, stderr } = countersink(words);
	assert.equal(status, 0, stderr);
	return stdout;
};

test("a recording of synthetic and network counters holds every tick or a gap", () => {
	const file = "/results/machine.duckdb";
	ok(["record", "-e", "synthetic:*@1kHz", "-e", "net:*@100Hz", "-d", "1s", "-o", file]);
	assert.match(ok(["info", file]), /holds/);
	const rows = ok([
		"sql",
		"--csv",
		file,
		"SELECT (SELECT count(*) FROM synthetic) > 100, (SELECT count(*) FROM net) > 10",
	]);
	assert.equal(rows.trim().split("\n").at(-1), "true,true");
});

test("doctor and list know this machine", () => {
	assert.match(ok(["list", "synthetic:*"]), /synthetic/);
	const { status, stdout, stderr } = countersink(["doctor"]);
	assert.ok(status === 0 || status === 1, `${status} ${stderr}`);
	assert.match(stdout, /kernel/i);
});
