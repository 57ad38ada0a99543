// SPDX-License-Identifier: Apache-2.0
/** What a card gives without a tainted kernel; the first of all tests, since a taint stays until the next boot. */
import assert from "node:assert/strict";
import { statSync } from "node:fs";
import { afterEach, describe, test } from "node:test";
import { countersink } from "../../support/cli.js";
import { withFile } from "../../support/judge.js";
import { BLOCK_EVENTS, judgeTraced, tracedRows } from "../../support/traced.js";
import * as card from "./guest-card.js";
import { judge } from "./guest-judge.js";
import { isSampling, record, some } from "./guest-recording.js";

const RECORDING = "/results/mlx5ctl.duckdb";

describe("without a tainted kernel", () => {
	afterEach(() => assert.ok(!card.isTaintedByFwctl(), "the kernel is tainted"));

	test("the kernel's own fwctl shows the card, and countersink finds it there", () => {
		card.insert();
		assert.ok(statSync(card.FWCTL).isCharacterDevice() && statSync(card.MLX5CTL).isCharacterDevice());
		const { status, stdout, stderr } = countersink(["list", "mlx5:*"]);
		assert.equal(status, 0, stderr);
		assert.match(stdout, /0000:08:00\.0 \(eth2\).*fwctl0/s);
	});

	test("without --allow-taint nothing is started", () => {
		const { status, stderr } = record("mlx5:*@100us", "refused");
		assert.equal(status, 4, stderr);
		assert.match(stderr, /--allow-taint/);
		assert.equal(card.said("sets"), "0");
	});

	test("through mlx5ctl all three sources are recorded without it", () => {
		card.insert({ trace_block_ns: 2_000_000, trace_lost_every: 20, trace_lost_run: 2 });
		const register = "mlx5reg:*/ppcnt.rfc2863.if_in_octets@100Hz";
		const { status, stderr } = record(`${some}?driver=mlx5ctl`, "mlx5ctl", "-e", register, "-e", "mlx5trace:*");
		assert.equal(status, 0, stderr);
		assert.ok(!isSampling());
		const left = ["tracer_running", "tracer_owner", "umems", "mkeys", "pds", "leaked_umems"].map(card.said);
		assert.deepEqual(left, ["0", "0", "0", "0", "0", "0"], "its pages and its tracer are given back");
	});

	test("every row of counters is the card's", async () => {
		assert.ok((await judge(RECORDING, 1)).rows > 100);
	});

	/* The model's if_in_octets counts microseconds of CLOCK_MONOTONIC in its lower half: exact at a time that only the
	 * card knows. */
	test("register counters are the card's at the time of their row", async () => {
		const judged = await withFile(RECORDING, async (file) => {
			const { column_name } = await file.row("SELECT column_name FROM counters WHERE stream = 'mlx5reg'");
			return file.row(`WITH read AS (
					SELECT epoch_ns(ts) - wall_offset_ns AS begin_ns, read_ns, "${column_name}" % (1::UBIGINT << 32) AS us
					FROM mlx5reg, recording)
				SELECT count(*) > 10 AS enough, count(*) FILTER (us NOT BETWEEN begin_ns // 1000 % (1::UBIGINT << 32) AND
					(begin_ns + read_ns) // 1000 % (1::UBIGINT << 32)) AS wrong
				FROM read`);
		});
		assert.deepEqual(judged, { enough: true, wrong: 0n });
	});

	test("every trace event is one that the card wrote into pages of ours; those that it lost are gaps", async () => {
		const rows = await tracedRows(RECORDING);
		let losses = 0;
		judgeTraced(card.traced(), rows, (ticks, events, lost) => {
			losses++;
			assert.deepEqual([ticks, events, lost], [2, 2 * BLOCK_EVENTS + 1, 1]);
		});
		assert.ok(rows.length > 300 && losses > 2, `${rows.length} events, ${losses} losses`);
	});
});
