// SPDX-License-Identifier: Apache-2.0
/** A recording of many counters: the recorder frees what its checkpoints took, and starts no program with settings of
 *  its own. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { isWide, mergingOf } from "../../storage/row-groups.js";
import { countersink } from "../support/countersink.js";
import { scratch } from "../support/folder.js";
import { judgeFile } from "../support/judge.js";

const file = scratch();

test("only a wide recording does not join row groups", () => {
	for (const [columns, wide] of [
		[1, false],
		[256, false],
		[257, true],
		[5000, true],
	] as const) {
		assert.equal(isWide(columns), wide);
		assert.equal(mergingOf(columns).joins, !wide);
	}
});

test("many counters: every value is right, and the environment of the command is unchanged", async () => {
	const path = file("wide.duckdb");
	/* Three streams of 128, which is all that the source has, three times. */
	const events = ["1kHz", "500Hz", "250Hz"].flatMap((rate) => ["-e", `synthetic:*/*@${rate}`]);
	const command = ["sh", "-c", `env > ${file("environment")}; sleep 1`];
	const { code, stderr } = await countersink(["record", "--force", ...events, "-o", path, "--", ...command]);
	assert.equal(code, 0, stderr);
	assert.doesNotMatch(readFileSync(file("environment"), "utf8"), /MALLOC_CONF/);
	const { streams } = await judgeFile(path);
	assert.equal(Object.keys(streams).length, 3);
});
