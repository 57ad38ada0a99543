// SPDX-License-Identifier: Apache-2.0
/** Diagnostic counters through the kernel's own fwctl: what is recorded, missed and put back. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { start } from "../../support/countersink.js";
import * as card from "./guest-card.js";
import { judge } from "./guest-judge.js";
import { isSampling, record, some, until, wait } from "./guest-recording.js";

test("every row is the card's; skipped samples are gaps; the kernel is tainted as was allowed; the card is put back", async () => {
	card.insert({ skip_every: 100, skip_run: 3, first_sample_id: 65_000 });
	const { status, stderr } = record(some, "rows", "--allow-taint", "-e", "net:eth2/*@100Hz");
	assert.equal(status, 0, stderr);
	const { rows, gaps } = await judge("/results/rows.duckdb", 1);
	assert.ok(rows > 500, `${rows} rows`);
	assert.ok((gaps.get("device_skipped") ?? 0n) > 30n);
	assert.ok(card.isTaintedByFwctl());
	assert.ok(!isSampling());
});

test("killed by SIGKILL, the card is still put back", async () => {
	const { child, outcome } = start([
		"record",
		"-e",
		"mlx5:*@100us",
		"-d",
		"60s",
		"--allow-taint",
		"-o",
		"/results/killed.duckdb",
	]);
	await wait("killed");
	child.kill("SIGKILL");
	await outcome;
	await until("the card is put back", () => !isSampling());
});
