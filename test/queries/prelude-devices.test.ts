// SPDX-License-Identifier: Apache-2.0
/** Macros, queries and exports on streams that a device fills: their schedule is its own, or there is none. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { ask } from "../support/asked.js";
import { Card } from "../support/card.js";
import { countersink } from "../support/cli.js";
import { scratch } from "../support/folder.js";
import { type MadeStream, makeRecording, STARTED_NS } from "../support/made.js";

const path = scratch();

test("every counter of a device goes by its id as well as by its column", async () => {
	const out = path("ids.duckdb");
	const events = ["-e", "mlx5:*@100us", "-e", "mlx5trace:*"];
	const { status, stderr } = new Card(path("ids")).countersink(
		"record",
		...events,
		"--allow-taint",
		"-d",
		"200ms",
		"-o",
		out,
	);
	assert.equal(status, 0, stderr);
	const counters = await ask(out, "SELECT stream, id, column_name FROM counters");
	assert.equal(counters.length, 27);
	for (const { stream, id, column_name } of counters) {
		const [sums] = await ask(
			out,
			`SELECT sum(value) AS by_id, (SELECT sum(${column_name}) FROM ${stream}) AS by_column FROM readings('${stream}', '${id}')`,
		);
		assert.equal(sums!.by_id, sums!.by_column, `${id}`);
	}
});

/** A clock that runs 20 ppm away from ours, and begins late: 8.192 us where 10 us were asked for. */
const drifting = (ticks: number): MadeStream => ({
	period_ns: 10_000,
	granted_ns: 8192,
	counters: [{ id: "made:c" }],
	rows: `SELECT range AS tick, range * 3 AS c, make_timestamp_ns(${STARTED_NS} + 3000000 + (range * 8192.16384)::BIGINT) AS ts FROM range(${ticks})`,
	ticks,
});

test("buckets of a device's own schedule are whole, and add up, whoever makes them", async () => {
	const out = path("drifting.duckdb");
	await makeRecording(out, [drifting(600_000)], { ended: null });
	for (let time = 0; time < 5; time++)
		for (const macro of ["moved", "bucket"]) {
			const buckets = await ask(out, `FROM ${macro}('made', 'c', '1 s')`);
			assert.deepEqual(
				buckets.map(({ coverage }) => coverage),
				buckets.map(() => 1),
				macro,
			);
			assert.equal(
				buckets.reduce((sum, { moved }) => sum + (moved as number), 0),
				3 * 599_999,
			);
		}
});

/** Events in bunches of three, a second's worth in 3 ms; the device then goes away. */
const traced: MadeStream = {
	name: "mlx5trace",
	source: "mlx5trace",
	paced_by: "events",
	period_ns: 1e6,
	counters: [{ id: "made:parameter", semantics: "gauge" }],
	rows: `SELECT range AS tick, range AS parameter, make_timestamp_ns(${STARTED_NS} + range * 1000) AS ts FROM range(3000)`,
	gaps: [{ first_tick: 3000, ticks: 1, reason: "source_error", noticed_ns: 4_000_000 }],
};

const NO_PERIOD =
	/mlx5trace has a row for each event and no period; count its rows by ts, or take messages\(mlx5trace\)/;

test("events have no period: what would need one is refused, and says so", async () => {
	const out = path("traced.duckdb");
	await makeRecording(out, [traced, drifting(1000)], { ended: null });
	const refused = [
		"moved('mlx5trace', 'parameter')",
		"envelope('mlx5trace', 'parameter')",
		"achieved_period('mlx5trace')",
		"lateness('mlx5trace')",
		"unchanged('mlx5trace')",
		"xcorr('made', 'c', 'mlx5trace', 'parameter', '1 ms')",
		"dominant_period('mlx5trace', 'parameter', '1 ms')",
	];
	for (const macro of refused) await assert.rejects(ask(out, `FROM ${macro}`), NO_PERIOD, macro);
	const [beside] = await ask(out, "SELECT count(age_ns) AS n FROM align('mlx5trace', 'made')");
	assert.equal(beside!.n, 0, "all events came before the first sample");
	const [after] = await ask(out, "SELECT count(age_ns) AS n, min(b.parameter) AS last FROM align('made', 'mlx5trace')");
	assert.deepEqual(after, { n: 245, last: 2999 });
});

test("a gap at the end lies where it was noticed, or where the device's own schedule has it", async () => {
	const out = path("gaps.duckdb");
	const rest = { first_tick: 1000, ticks: 500, reason: "source_error" };
	await makeRecording(out, [traced, { ...drifting(1000), ticks: 1500, gaps: [rest] }], { ended: null });
	const answer = countersink(["query", "gaps", out, "--least", "1", "--json"]);
	const rows = JSON.parse(answer.stdout) as { stream: string; dur_ns: number | null; begin: string }[];
	assert.deepEqual(
		rows.map(({ stream, dur_ns }) => [stream, dur_ns && Math.round(dur_ns / 1000)]),
		[
			["made", Math.round((500 * 8192.16384) / 1000)],
			["mlx5trace", null],
		],
	);
	assert.match(rows[1]!.begin, /20\.004/);
	const json = path("gaps.json");
	assert.equal(countersink(["export", out, "-o", json]).status, 0);
	const { traceEvents } = JSON.parse(readFileSync(json, "utf8")) as {
		traceEvents: { ph: string; ts: number; dur: number; args: { ticks: number } }[];
	};
	const ends = traceEvents
		.filter(({ ph }) => ph === "X")
		.map(({ ts, dur, args }) => [args.ticks, Math.round(ts + dur)]);
	assert.deepEqual(
		new Map(ends as [number, number][]),
		new Map([
			[1, 4000],
			[500, 3000 + Math.round(1500 * 8.192)],
		]),
	);
});

test("a device's schedule survives an export and an import", async () => {
	const out = path("there.duckdb");
	await makeRecording(out, [drifting(300_000)], { ended: null });
	const expected = await ask(out, "FROM moved('made', 'c', '100 ms')");
	for (const extension of ["parquet", "arrow"]) {
		const [file, back] = [path(`there.${extension}`), path(`back-${extension}.duckdb`)];
		assert.equal(countersink(["export", out, "-o", file]).status, 0);
		const { status, stderr } = countersink(["import", file, "-o", back]);
		assert.equal(status, 0, stderr);
		assert.deepEqual(await ask(back, "SELECT period_ns, granted_ns FROM streams"), [
			{ period_ns: 10_000, granted_ns: 8192 },
		]);
		assert.deepEqual(await ask(back, "FROM moved('made', 'c', '100 ms')"), expected, extension);
	}
});
