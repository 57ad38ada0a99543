// SPDX-License-Identifier: Apache-2.0
/** Diagnostic counters through the kernel's own fwctl: what is refused, recorded, missed and put back. */
import assert from "node:assert/strict";
import { existsSync, statSync } from "node:fs";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { countersink as run } from "../../support/cli.js";
import { start } from "../../support/countersink.js";
import { File } from "../../support/judge.js";
import * as card from "./card.js";
import { judge } from "./judge.js";

/** Few counters: what they are compared with is computed under emulation too. */
const some = "mlx5:*/{tx_packets,0x0401,0x1001}@200us";

const record = (event: string, name: string, ...words: readonly string[]) =>
	run(["record", "-e", event, "-d", "1s", "-o", `/results/${name}.duckdb`, ...words]);

async function until(what: string, holds: () => boolean): Promise<void> {
	for (let tries = 0; !holds(); tries++) {
		assert.ok(tries < 240, `${what}: not within two minutes`);
		await sleep(500);
	}
}

const isSampling = (): boolean => card.said("params").startsWith("enable=1");
const wait = (name: string): Promise<void> =>
	until(`${name} grows`, () => existsSync(`/results/${name}.duckdb`) && isSampling());

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

test("unplugged in the middle: the rows so far are kept, a gap is written, other streams go on", async () => {
	card.insert();
	const events = ["-e", some, "-e", "synthetic:0/*@100Hz"];
	const words = ["record", ...events, "-d", "8s", "--allow-taint", "-o", "/results/unplugged.duckdb"];
	const { outcome } = start(words);
	await wait("unplugged");
	await sleep(1500);
	card.unplug();
	const { stderr } = await outcome;
	const { gaps } = await judge("/results/unplugged.duckdb", 1);
	assert.match(stderr, /gone|ENODEV/i);
	assert.ok(
		[...gaps.values()].some((ticks) => ticks > 0n),
		"no gap was written",
	);
	const file = await File.open("/results/unplugged.duckdb");
	const later = await file.number(
		"SELECT count(*)::INTEGER FROM synthetic WHERE ts > (SELECT max(ts) FROM mlx5) + INTERVAL 1 SECOND",
	);
	file.close();
	assert.ok(later > 0, "the other stream ended with the card");
});

test("someone else's sampling is read along, and taken over only with --steal", async () => {
	card.insert({ foreign_sampling: 1 });
	const before = card.said("params");
	const { status, stderr } = record(some, "stolen", "--allow-taint", "--steal");
	assert.equal(status, 0, stderr);
	await judge("/results/stolen.duckdb", 2);
	assert.equal(card.said("params"), before);
});

test("through mlx5ctl nothing is tainted that was not, and the rows are the same", async () => {
	card.insert();
	const { status, stderr } = record(`${some}?driver=mlx5ctl`, "mlx5ctl");
	assert.equal(status, 0, stderr);
	assert.ok((await judge("/results/mlx5ctl.duckdb", 1)).rows > 100);
	assert.equal(card.said("tainted"), "0");
});
