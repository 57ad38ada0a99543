// SPDX-License-Identifier: Apache-2.0
/** Diagnostic counters through the kernel's own fwctl: what is refused, recorded, missed and put back. */
import assert from "node:assert/strict";
import { statSync } from "node:fs";
import { test } from "node:test";
import { countersink as run } from "../../support/cli.js";
import { start } from "../../support/countersink.js";
import * as card from "./card.js";
import { judge } from "./judge.js";
import { isSampling, record, some, until, wait } from "./recording.js";

test("the kernel's own fwctl shows the card, and countersink finds it there", () => {
	card.insert();
	assert.ok(statSync(card.FWCTL).isCharacterDevice() && statSync(card.MLX5CTL).isCharacterDevice());
	const { status, stdout, stderr } = run(["list", "mlx5:*"]);
	assert.equal(status, 0, stderr);
	assert.match(stdout, /0000:08:00\.0 \(eth2\).*fwctl0/s);
	assert.ok(!card.isTaintedByFwctl(), "looking must not taint");
});

test("without --allow-taint nothing is started and nothing is tainted", () => {
	const { status, stderr } = record("mlx5:*@100us", "refused");
	assert.equal(status, 4, stderr);
	assert.match(stderr, /--allow-taint/);
	assert.deepEqual([card.said("sets"), card.isTaintedByFwctl()], ["0", false]);
});

test("every row is the card's; skipped samples are gaps; the kernel is tainted as was allowed; the card is put back", async () => {
	card.misbehave({ skip_every: 100, skip_run: 3, first_sample_id: 65_000 });
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
