// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ask, oneCounter } from "../support/asked.js";
import { countersink } from "../support/cli.js";
import { scratch } from "../support/folder.js";
import { makeRecording } from "../support/made.js";

const MS = 1e6;
const file = scratch();
let files = 0;
const next = () => file(`${files++}.duckdb`);

const reasons = ["late", "ring_full", "source_error", "device_skipped", "suspended", "killed"] as const;

test("law: expected = stored + every reason, finalised or not", () =>
	fc.assert(
		fc.asyncProperty(
			fc.array(fc.tuple(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 3 }), fc.constantFrom(...reasons)), {
				maxLength: 12,
			}),
			fc.boolean(),
			async (parts, finalised) => {
				let tick = 0;
				const rows: { tick: number; values: number[] }[] = [];
				const gaps: { first_tick: number; ticks: number; reason: string }[] = [];
				for (const [stored, missed, reason] of parts) {
					for (let i = 0; i < stored; i++) rows.push({ tick: tick++, values: [1] });
					if (missed) gaps.push({ first_tick: tick, ticks: missed, reason });
					tick += missed;
				}
				const path = next();
				await makeRecording(path, [{ ...oneCounter([]), rows, gaps, ticks: tick }], {
					ended: finalised ? "complete" : null,
				});
				const expected = Object.fromEntries(
					reasons.map((reason) => [reason, gaps.filter((g) => g.reason === reason).reduce((n, g) => n + g.ticks, 0)]),
				);
				assert.deepEqual(await ask(path, "FROM completeness()"), [
					{
						stream: "made",
						expected: tick,
						stored: rows.length,
						share: tick > 0 ? rows.length / tick : null,
						...expected,
						unaccounted: 0,
					},
				]);
			},
		),
		{ numRuns: 12 },
	));

/** Read late by these nanoseconds, tick by tick; undefined was not stored. */
const lateBy = (late: readonly (number | undefined)[]) => ({
	...oneCounter([]),
	rows: late.flatMap((late_ns, tick) => (late_ns === undefined ? [] : [{ tick, late_ns, values: [1] }])),
	ticks: late.length,
});

test("achieved_period: between reads that followed each other, from the rows", async () => {
	const path = next();
	await makeRecording(path, [lateBy([0, 100, 50, undefined, 900, 0])]);
	assert.deepEqual(await ask(path, "FROM achieved_period('made')"), [
		{
			requested_ns: MS,
			reads: 3,
			min_ns: MS - 900,
			p50_ns: MS - 50,
			mean_ns: MS - 850 / 3,
			p99_ns: MS + 100,
			max_ns: MS + 100,
			jitter_ns: 900,
		},
	]);
	const single = next();
	await makeRecording(single, [lateBy([0])]);
	assert.deepEqual(await ask(single, "SELECT requested_ns, reads, p50_ns, jitter_ns FROM achieved_period('made')"), [
		{ requested_ns: MS, reads: 0, p50_ns: null, jitter_ns: null },
	]);
});

test("lateness: buckets that include their upper end, and one for all that is later still", async () => {
	const path = next();
	await makeRecording(path, [
		{ ...lateBy([0, 1000, 1001, 5000, 5001, undefined, 6_000_000_000, 20_000]), period_ns: 1e10 },
	]);
	assert.deepEqual(await ask(path, "FROM lateness('made')"), [
		{ up_to_ns: 1000, reads: 2, share: 2 / 7, within: 2 / 7 },
		{ up_to_ns: 2000, reads: 1, share: 1 / 7, within: 3 / 7 },
		{ up_to_ns: 5000, reads: 1, share: 1 / 7, within: 4 / 7 },
		{ up_to_ns: 10_000, reads: 1, share: 1 / 7, within: 5 / 7 },
		{ up_to_ns: 20_000, reads: 1, share: 1 / 7, within: 6 / 7 },
		{ up_to_ns: null, reads: 1, share: 1 / 7, within: 1 },
	]);
});

test("unchanged: how oversampled each counter is, whatever its kind", async () => {
	const path = next();
	const every = (n: number) => (tick: number) => Math.floor(tick / n);
	const columns: Record<string, (tick: number) => number | null> = {
		each: every(1),
		fourth: every(4),
		never: () => 7,
		once: (tick) => Number(tick >= 9),
		holes: (tick) => (tick === 6 ? null : Math.floor(tick / 4)),
		unread: () => null,
	};
	const ticks = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 15, 16, 17, 18, 19, 20];
	const [stream] = [
		{
			period_ns: MS,
			counters: Object.keys(columns).map((name) => ({
				id: `made:${name}`,
				semantics: name === "never" ? ("gauge" as const) : ("counter" as const),
			})),
			rows: ticks.map((tick) => ({ tick, values: Object.values(columns).map((value) => value(tick)) })),
		},
	];
	await makeRecording(path, [stream!]);
	const row = (name: string, reads: number, changes: number, shortest: number | null, typical: number | null) => ({
		id: `made:${name}`,
		unit: "items",
		reads,
		changes,
		unchanged: reads ? 1 - changes / reads : null,
		mean_ns: changes ? (reads / changes) * MS : null,
		shortest_ns: shortest === null ? null : shortest * MS,
		typical_ns: typical === null ? null : typical * MS,
	});
	/* Ticks 13 and 14 are missing, so 17 of 19 rows follow another. */
	assert.deepEqual(await ask(path, "FROM unchanged('made') ORDER BY id"), [
		row("each", 17, 17, 1, 1),
		row("fourth", 17, 5, 4, 4),
		row("holes", 15, 5, 4, 4),
		row("never", 17, 0, null, null),
		row("once", 17, 1, null, null),
		row("unread", 0, 0, null, null),
	]);
});

test("a recording of the synthetic source is judged as it is", async () => {
	const path = file("real.duckdb");
	const { status, stderr } = countersink([
		"record",
		"-e",
		"synthetic:0/{ramp,constant,stall,walk}@1kHz",
		"-d",
		"1200ms",
		"-o",
		path,
	]);
	assert.equal(status, 0, stderr);
	const [complete] = await ask(
		path,
		"SELECT *, stored + late + ring_full + source_error + device_skipped + suspended + killed AS sum FROM completeness()",
	);
	assert.equal(complete!.stream, "synthetic");
	assert.equal(complete!.expected, 1200);
	assert.equal(complete!.sum, 1200);
	assert.equal(complete!.unaccounted, 0);
	const [stored] = await ask(path, "SELECT count(*) AS n FROM synthetic");
	assert.equal(complete!.stored, stored!.n);
	const [late] = await ask(path, "SELECT sum(reads) AS n, max(within) AS all FROM lateness('synthetic')");
	assert.deepEqual(late, { n: stored!.n, all: 1 });
	const [period] = await ask(
		path,
		"SELECT requested_ns, min_ns <= p50_ns AND p50_ns <= p99_ns AND p99_ns <= max_ns AS ordered FROM achieved_period('synthetic')",
	);
	assert.deepEqual(period, { requested_ns: MS, ordered: true });
	/* The last stall is from tick 900 to 999, the first from 400 to 499; a late tick may cut one. */
	const changes = await ask(
		path,
		"SELECT id, unchanged FROM unchanged('synthetic') WHERE id IN ('synthetic:0/constant', 'synthetic:0/ramp') ORDER BY id",
	);
	assert.deepEqual(changes, [
		{ id: "synthetic:0/constant", unchanged: 1 },
		{ id: "synthetic:0/ramp", unchanged: 0 },
	]);
	const stalls = await ask(
		path,
		"SELECT DISTINCT ((epoch_ns(begin) - epoch_ns(started_at)) // 500000000)::INT AS number FROM stalls('synthetic', 'synthetic:0/stall', '20 ms'), recording ORDER BY ALL",
	);
	assert.deepEqual(stalls, [{ number: 0 }, { number: 1 }]);
});
