// SPDX-License-Identifier: Apache-2.0
/** The card goes away. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { start } from "../../support/countersink.js";
import { File } from "../../support/judge.js";
import * as card from "./guest-card.js";
import { judge } from "./guest-judge.js";
import { some, wait } from "./guest-recording.js";

test("unplugged in the middle: the rows so far are kept, a gap is written, other streams go on", async () => {
	card.insert();
	const events = ["-e", some, "-e", "synthetic:0/*@100Hz"];
	const words = ["record", ...events, "-d", "4s", "--allow-taint", "-o", "/results/unplugged.duckdb"];
	const { outcome } = start(words);
	await wait("unplugged");
	await sleep(500);
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
