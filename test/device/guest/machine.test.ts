// SPDX-License-Identifier: Apache-2.0
/** What countersink could do before there was a device, on this kernel. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { countersink } from "../../support/cli.js";
import { withFile } from "../../support/judge.js";
import { record } from "./recording.js";

test("a recording of synthetic and network counters holds every tick or a gap", async () => {
	const { status, stderr } = record("synthetic:*@1kHz", "machine", "-e", "net:*@100Hz");
	assert.equal(status, 0, stderr);
	await withFile("/results/machine.duckdb", async (file) => {
		for (const stream of ["synthetic", "net"]) {
			const rows = await file.number(`SELECT count(*) FROM ${stream}`);
			const missed = await file.number(`SELECT coalesce(sum(ticks), 0)::BIGINT FROM gaps WHERE stream = '${stream}'`);
			assert.ok(rows > 10, `${stream}: ${rows} rows`);
			assert.equal(
				rows + missed,
				await file.number(`SELECT ticks_scheduled FROM streams WHERE name = '${stream}'`),
				"rows + ticks in gaps = ticks scheduled",
			);
		}
	});
});

test("doctor knows this machine", () => {
	const { status, stdout, stderr } = countersink(["doctor"]);
	assert.ok(status === 0 || status === 1, `${status} ${stderr}`);
	assert.match(stdout, /kernel/i);
});
