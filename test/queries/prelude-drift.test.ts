// SPDX-License-Identifier: Apache-2.0
/** A device that samples by itself counts its period by its own clock: its ticks drift against ours, its time stamps do
 *  not. */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { before, test } from "node:test";
import { ask } from "../support/asked.js";
import { countersink } from "../support/countersink.js";
import { scratch } from "../support/folder.js";
import { makeRecording, STARTED_NS } from "../support/made.js";

const file = scratch();
const path = file("drift.duckdb");

const TICKS = 600_000;
const GRANTED = 10_000;
/** As far off after 6 s as a crystal of 20 parts in a million is after a minute: 1.2 ms, or 120 ticks. */
const TRUE = 10_002;
/** It begins when it likes. */
const LATE = 3_141_592;
const HOLE = { first: 400_000, ticks: 1000 };

/** What both streams count: in each millisecond at a pace that chance gives, so that every two differ. */
const pace = (ms: string): string => `(hash(${ms}) % 100 + 1)::BIGINT`;
const counted = (ticks: string, ns: string): string => `
	WITH slots AS (SELECT range AS ms, ${pace("range")} AS pace, sum(${pace("range")}) OVER (ORDER BY range) - pace AS before FROM range(7000)),
	due AS (SELECT range AS tick, ${ns} AS ns FROM ${ticks})
	SELECT make_timestamp_ns(${STARTED_NS} + ns) AS ts, tick, (before * 1000000 + pace * (ns % 1000000))::UBIGINT AS PACE
	FROM due JOIN slots ON ms = ns // 1000000`;

before(async () => {
	await makeRecording(path, [
		{
			name: "card",
			period_ns: 12_000,
			granted_ns: GRANTED,
			counters: [{ id: "card:0/x" }],
			rows: `${counted(`range(${TICKS})`, `${LATE} + range * ${TRUE}`).replace("AS PACE", "AS card_0_x")}
				WHERE tick NOT BETWEEN ${HOLE.first} AND ${HOLE.first + HOLE.ticks - 1} ORDER BY tick`,
		},
		{
			name: "host",
			period_ns: 100_000,
			counters: [{ id: "host:0/x" }],
			rows: `${counted("range(60000)", "range * 100000").replace("AS PACE", "AS host_0_x")} ORDER BY tick`,
		},
		{
			name: "mlx5trace",
			paced_by: "events",
			period_ns: 10_000_000,
			counters: [{ id: "mlx5trace:0/event_id" }],
			rows: `SELECT make_timestamp_ns(${STARTED_NS} + range * 1000) AS ts, range AS tick, 1 AS mlx5trace_0_event_id FROM range(5000)`,
			gaps: [{ first_tick: 5000, ticks: 7, reason: "device_skipped" }],
		},
	]);
});

for (const macro of ["moved", "bucket"])
	test(`${macro}: a bucket holds what was counted in its time, to the end`, async () => {
		const rows = await ask(
			path,
			`SELECT count(*) AS buckets, max(abs(moved - ${pace("ms")} * 1000000)) AS off, min(coverage) AS coverage
			FROM (SELECT *, (epoch_ns("begin") - ${STARTED_NS}) // 1000000 AS ms FROM ${macro}('card', 'card_0_x', '1 ms'))
			WHERE ms BETWEEN 4 AND 6000 AND ms NOT BETWEEN 4003 AND 4015`,
		);
		const { buckets, off, coverage } = rows[0] as Record<string, number>;
		assert.equal(buckets, 5997 - 13);
		/* One tick at each border, at the most of both paces. */
		assert.ok(off! <= 2 * 100 * TRUE, `${off}`);
		assert.equal(coverage, 1);
	});

test("moved: all of it is in one bucket or another", async () => {
	const [row] = await ask(
		path,
		`SELECT (SELECT sum(moved) FROM moved('card', 'card_0_x', '1 ms')) - (SELECT sum(delta) FROM deltas('card', 'card_0_x')) AS off`,
	);
	assert.equal(row!.off, 0);
});

test("leads: a counter of the device and the same of the host move together", async () => {
	const [row] = await ask(path, "FROM leads('card', 'card_0_x', 'host', 'host_0_x', '20 ms')");
	const { lag_ns, r, step_ns } = row as Record<string, number>;
	assert.ok(Math.abs(lag_ns!) <= step_ns! && r! > 0.9, JSON.stringify(row));
});

test("lateness and envelope: a device is not late by its clock", async () => {
	assert.deepEqual(await ask(path, "SELECT up_to_ns, reads FROM lateness('card')"), [
		{ up_to_ns: 1000, reads: TICKS - HOLE.ticks },
	]);
	const [row] = await ask(
		path,
		`SELECT max(epoch_ns("begin")) - ${STARTED_NS} AS last FROM envelope('card', 'card_0_x', 1000)`,
	);
	assert.ok(Math.abs(Number(row!.last) - (LATE + 599_400 * TRUE)) <= 1, JSON.stringify(row));
});

test("gaps: a hole begins where rows end", async () => {
	const { stdout } = await countersink(["query", "gaps", path, "--json"]);
	const [{ begin, dur_ns, ticks }, lost] = JSON.parse(stdout);
	assert.equal(ticks, HOLE.ticks);
	const [row] = await ask(path, `SELECT TIMESTAMP_NS '${begin}' AS "begin"`);
	assert.ok(Math.abs(Number(row!.begin) - (LATE + HOLE.first * TRUE)) <= 1, begin);
	assert.ok(Math.abs(dur_ns - HOLE.ticks * TRUE) <= 1, dur_ns);
	/* No clock says when the next event would have been. */
	const [noticed] = await ask(path, "SELECT noticed_at::VARCHAR AS at FROM gaps WHERE stream = 'mlx5trace'");
	assert.deepEqual([lost.begin, lost.dur_ns, lost.ticks], [noticed!.at, null, 7]);
});

for (const format of ["parquet", "arrows"])
	test(`a device is still one when it was exported as ${format} and imported`, async () => {
		const [exported, imported] = [file(`card.${format}`), file(`${format}.duckdb`)];
		const words = ["export", path, "--stream", "card", "-o", exported];
		for (const step of [words, ["import", exported, "-o", imported]]) {
			const { code, stderr } = await countersink(step);
			assert.equal(code, 0, stderr);
		}
		assert.deepEqual(await ask(imported, "SELECT period_ns, granted_ns FROM streams"), [
			{ period_ns: 12_000, granted_ns: GRANTED },
		]);
		const same = "SELECT md5(string_agg(m::VARCHAR)) AS hash FROM moved('card', 'card_0_x', '1 ms') m";
		assert.deepEqual(await ask(imported, same), await ask(path, same));
		const buckets = file(`buckets.${format}`);
		await countersink([...words.slice(0, -1), buckets, "--rate", "1kHz"]);
		const said = readFileSync(buckets, "latin1");
		assert.match(said, /period_ns/);
		assert.doesNotMatch(said, /granted_ns/);
	});

test("read-windows: none of a device's rows", async () => {
	const { stdout } = await countersink(["query", "read-windows", path, "--json"]);
	assert.deepEqual(
		JSON.parse(stdout).map((row: { stream: string }) => row.stream),
		["host"],
	);
});

test("a period of other tools that is no whole number of nanoseconds does not drift", async () => {
	const rows = Array.from({ length: 100_000 }, (_, k) => `${STARTED_NS + BigInt(Math.round(k * 10_000.4))},${k}`);
	writeFileSync(file("odd.csv"), `ts_ns,x\n${rows.join("\n")}\n`);
	assert.equal((await countersink(["import", file("odd.csv"), "-o", file("odd.duckdb")])).code, 0);
	assert.deepEqual(await ask(file("odd.duckdb"), "SELECT up_to_ns FROM lateness('odd')"), [{ up_to_ns: 1000 }]);
});
