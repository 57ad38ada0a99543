// SPDX-License-Identifier: Apache-2.0
/** Before a recording of more values than the writer stores, the command line says so. The measurement leaves no
 *  file, and where nothing can be written the start of the recording says why. */
import assert from "node:assert/strict";
import { mkdirSync, readdirSync } from "node:fs";
import { test } from "node:test";
import { countersink } from "../support/countersink.js";
import { scratch } from "../support/folder.js";

const file = scratch();
/** 128 million values a second. */
const TOO_MUCH = ["record", "-e", "synthetic:*/*@1MHz", "--force", "--depth", "100ms", "-d", "300ms"];

test("what the writer cannot store is said with a rate that it can, and nothing is left of the measurement", async () => {
	mkdirSync(file("folder"));
	const { code, stderr } = await countersink([...TOO_MUCH, "-o", file("folder/much.duckdb")]);
	assert.equal(code, 0, stderr);
	assert.match(
		stderr,
		/the writer stores about \d+ million values a second here and 128 million values are asked, so about [\d.]+ % of the ticks will be missed as ring_full; ask for at most [\d.]+ kHz of synthetic, or for \d+ counters$/m,
	);
	assert.deepEqual(readdirSync(file("folder")), ["much.duckdb"]);
});

test("a folder that is not there is refused as in any recording", async () => {
	const words = ["-o", file("none/much.duckdb")];
	const usual = await countersink(["record", "-e", "synthetic:0/ramp", "-d", "300ms", ...words]);
	const much = await countersink([...TOO_MUCH, ...words]);
	assert.deepEqual([much.code, much.stderr], [2, usual.stderr]);
	assert.match(much.stderr, /^countersink: there is no folder /);
});
