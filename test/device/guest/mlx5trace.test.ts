// SPDX-License-Identifier: Apache-2.0
/** Events that the card's firmware wrote into pinned pages of ours. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { BLOCK_EVENTS, judgeTraced, tracedRows } from "../../support/traced.js";
import * as card from "./card.js";
import { record } from "./recording.js";

test("every trace event is one that the card wrote; those that it lost are gaps; its pages and its tracer are given back", async () => {
	card.insert({ trace_block_ns: 2_000_000, trace_lost_every: 20, trace_lost_run: 2 });
	const { status, stderr } = record("mlx5trace:*", "trace");
	assert.equal(status, 0, stderr);
	const rows = await tracedRows("/results/trace.duckdb");
	let losses = 0;
	judgeTraced(card.traced(), rows, (ticks, events, lost) => {
		losses++;
		assert.deepEqual([ticks, events, lost], [2, 2 * BLOCK_EVENTS + 1, 1]);
	});
	assert.ok(rows.length > 300 && losses > 2, `${rows.length} events, ${losses} losses`);
	const left = ["tracer_running", "tracer_owner", "umems", "mkeys", "pds", "leaked_umems"].map(card.said);
	assert.deepEqual(left, ["0", "0", "0", "0", "0", "0"]);
});
