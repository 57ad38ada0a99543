// SPDX-License-Identifier: Apache-2.0
/** Events that the card's firmware wrote into pinned pages of ours, and register counters read by command. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { countersink as run } from "../../support/cli.js";
import { withFile } from "../../support/judge.js";
import * as card from "./card.js";

test("every trace event of a recording is one that the card wrote, none twice; its pages and its tracer are given back", async () => {
	card.insert({ trace_block_ns: 2_000_000 });
	const words = ["record", "-e", "mlx5trace:*", "-d", "1s", "-o", "/results/trace.duckdb"];
	const { status, stderr } = run(words);
	assert.equal(status, 0, stderr);
	const blocks = Number(card.said("tracer_blocks")) + Number(card.said("tracer_lost_blocks"));
	const model = card.traced(blocks);
	const names = ["event_id", "tmsn", "tdsn", "parameter"] as const;
	const of = { event_id: "id", tmsn: "tmsn", tdsn: "tdsn", parameter: "parameter" };
	const key = (values: readonly unknown[]): string => values.join(" ");
	const written = model.get("clock")!.map((_, at) => key(names.map((name) => model.get(of[name])![at])));
	await withFile("/results/trace.duckdb", async (file) => {
		const rows = await file.rows(`SELECT ${names.join(", ")} FROM mlx5trace ORDER BY tick`);
		assert.ok(rows.length > 300, `${rows.length} events of ${written.length}`);
		let at = -1;
		for (const row of rows) {
			const next = written.indexOf(key(names.map((name) => row[name])), at + 1);
			assert.ok(next > at, `an event that the card did not write, or not then: ${key(names.map((name) => row[name]))}`);
			at = next;
		}
	});
	const left = ["tracer_running", "tracer_owner", "umems", "mkeys", "pds", "leaked_umems"].map(card.said);
	assert.deepEqual(left, ["0", "0", "0", "0", "0", "0"]);
});

/** Words of a register count microseconds times their place above a tag: exact at a time that only the card knows. */
test("register counters are the card's at the time of their row", async () => {
	const words = ["record", "-e", "mlx5reg:*/ppcnt.rfc2863.if_in_octets@100Hz", "-d", "1s", "-o", "/results/reg.duckdb"];
	const { status, stderr } = run(words);
	assert.equal(status, 0, stderr);
	await withFile("/results/reg.duckdb", async (file) => {
		const wrong = await file.row(`WITH r AS (
				SELECT *, epoch_ns(ts) - wall_offset_ns AS begin_ns, if_in_octets & 0xffffffff AS us FROM mlx5reg, recording)
			SELECT count(*) > 10 AS enough, count(*) FILTER (us < begin_ns // 1000 OR us > (begin_ns + read_ns) // 1000) AS wrong
			FROM r`);
		assert.deepEqual(wrong, { enough: true, wrong: 0n });
	});
});
