// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ask, climb, oneCounter, type Values } from "../support/asked.js";
import { countersink } from "../support/cli.js";
import { scratch } from "../support/folder.js";
import { type MadeStream, makeRecording } from "../support/made.js";

const MS = 1e6;
const file = scratch();
let files = 0;

async function made(...streams: readonly MadeStream[]): Promise<string> {
	const path = file(`${files++}.duckdb`);
	await makeRecording(path, streams);
	return path;
}

const _ = undefined;
const near = (actual: unknown, expected: number, tolerance = 1e-9) =>
	assert.ok(Math.abs(Number(actual) - expected) <= tolerance, `${actual} is not ${expected}`);

test("inter_event: from move to move, and never across what is not known", async () => {
	const path = await made(oneCounter([0, 0, 2, 2, 2, 5, _, 6, 7, 7, 9, null, 9, 10]));
	assert.deepEqual(await ask(path, "FROM inter_event('made', 'c')"), [
		{ ts: 2 * MS, tick: 2, dt_ns: null, delta: 2 },
		{ ts: 5 * MS, tick: 5, dt_ns: 3 * MS, delta: 3 },
		{ ts: 8 * MS, tick: 8, dt_ns: null, delta: 1 },
		{ ts: 10 * MS, tick: 10, dt_ns: 2 * MS, delta: 2 },
		{ ts: 13 * MS, tick: 13, dt_ns: null, delta: 1 },
	]);
	const [row] = await ask(path, "FROM inter_event_percentiles('made', 'c')");
	assert.deepEqual(row, {
		events: 5,
		times: 2,
		min_ns: 2 * MS,
		p50_ns: 2 * MS,
		p90_ns: 3 * MS,
		p99_ns: 3 * MS,
		p999_ns: 3 * MS,
		max_ns: 3 * MS,
		mean_ns: 2.5 * MS,
		irregularity: 0.2,
	});
});

test("rate_percentiles: a microburst is in the short windows and not in the long ones; what is not known is counted", async () => {
	/* A packet each millisecond for 2.5 s, but 100 at tick 1005; tick 2203 is missing. */
	const steps = Array.from({ length: 2500 }, (_, i) => (i + 1 === 1005 ? 100 : 1));
	const values = climb(steps).map((value, tick) => (tick === 2203 ? undefined : value));
	const path = await made(oneCounter(values));
	const enough = await ask(path, "SELECT windows, incomplete FROM rate_percentiles('made', 'c') WHERE ticks = 100");
	assert.deepEqual(enough, [{ windows: 25, incomplete: 0 }], "one tick of a hundred does not spoil a window unasked");
	assert.deepEqual(await ask(path, "FROM rate_percentiles('made', 'c', coverage := 1)"), [
		{
			window_ns: MS,
			ticks: 1,
			windows: 2498,
			incomplete: 2,
			p50: 1000,
			p90: 1000,
			p99: 1000,
			p999: 1000,
			max: 100_000,
		},
		{
			window_ns: 10 * MS,
			ticks: 10,
			windows: 249,
			incomplete: 1,
			p50: 1000,
			p90: 1000,
			p99: 1000,
			p999: 10_900,
			max: 10_900,
		},
		{
			window_ns: 100 * MS,
			ticks: 100,
			windows: 24,
			incomplete: 1,
			p50: 1000,
			p90: 1000,
			p99: 1990,
			p999: 1990,
			max: 1990,
		},
		{
			window_ns: 1000 * MS,
			ticks: 1000,
			windows: 2,
			incomplete: 0,
			p50: 1000,
			p90: 1099,
			p99: 1099,
			p999: 1099,
			max: 1099,
		},
	]);
	/* A period that divides no window: 3 ms in 10 ms. */
	const odd = await ask(
		await made(oneCounter(climb(Array(30).fill(3)), {}, 3 * MS)),
		"SELECT window_ns, ticks, windows, max FROM rate_percentiles('made', 'c')",
	);
	assert.deepEqual(odd, [
		{ window_ns: 9 * MS, ticks: 3, windows: 10, max: 1000 },
		{ window_ns: 90 * MS, ticks: 30, windows: 1, max: 1000 },
	]);
});

/** Pearson's r of the pairs in which both are known. */
function pearson(a: readonly (number | null)[], b: readonly (number | null)[]): number | null {
	const pairs = a.flatMap((x, i) => (x === null || (b[i] ?? null) === null ? [] : [[x, b[i]!] as const]));
	const mean = (of: 0 | 1) => pairs.reduce((sum, pair) => sum + pair[of], 0) / pairs.length;
	const [ma, mb] = [mean(0), mean(1)];
	const sum = (f: (x: number, y: number) => number) => pairs.reduce((s, [x, y]) => s + f(x - ma, y - mb), 0);
	const scale = Math.sqrt(sum((x) => x * x) * sum((_, y) => y * y));
	return scale > 0 ? sum((x, y) => x * y) / scale : null;
}

const level = fc.oneof(
	{ weight: 10, arbitrary: fc.integer({ min: 0, max: 9 }) },
	{ weight: 1, arbitrary: fc.constant(null) },
);

test("law: xcorr is Pearson's r of every pair that is known, and its sign flips when a and b swap", () =>
	fc.assert(
		fc.asyncProperty(fc.array(fc.tuple(level, level), { minLength: 12, maxLength: 30 }), async (pairs) => {
			const gauges: MadeStream = {
				period_ns: MS,
				counters: ["a", "b"].map((name) => ({ id: `made:${name}`, semantics: "gauge" as const })),
				rows: pairs.map((values, tick) => ({ tick, values })),
			};
			const path = await made(gauges);
			const [a, b] = [pairs.map(([x]) => x), pairs.map(([, y]) => y)];
			const found = await ask(path, "FROM xcorr('made', 'a', 'made', 'b', '3 ms', step := '1 ms') ORDER BY lag_ns");
			assert.deepEqual(
				found.map(({ lag_ns, steps }) => [lag_ns, steps]),
				[-3, -2, -1, 0, 1, 2, 3].map((k) => [k * MS, pairs.length - Math.abs(k)]),
			);
			for (const { lag_ns, r } of found) {
				const k = Number(lag_ns) / MS;
				const expected = k >= 0 ? pearson(a, b.slice(k)) : pearson(a.slice(-k), b);
				if (expected === null) assert.equal(r, null);
				else near(r, expected);
			}
			const swapped = await ask(
				path,
				"FROM xcorr('made', 'b', 'made', 'a', '3 ms', step := '1 ms') ORDER BY lag_ns DESC",
			);
			assert.deepEqual(
				swapped.map(({ lag_ns }) => 0 - Number(lag_ns)),
				found.map(({ lag_ns }) => lag_ns),
			);
			swapped.forEach(({ r }, i) => {
				if (r === null) assert.equal(found[i]!.r, null);
				else near(r, Number(found[i]!.r));
			});
		}),
		{ numRuns: 8 },
	));

/** A repeatable sequence of steps that has nothing to do with itself. */
function noise(length: number, seed: number): number[] {
	let x = seed;
	return Array.from({ length }, () => {
		x = (x * 1103515245 + 12345) % 2147483648;
		return Math.floor(x / 65536) % 100;
	});
}

const two = (a: Values, b: Values): MadeStream => ({
	period_ns: MS,
	counters: [{ id: "made:a" }, { id: "made:b" }],
	rows: a.flatMap((value, tick) =>
		value === undefined || b[tick] === undefined ? [] : [{ tick, values: [value, b[tick]!] }],
	),
	ticks: a.length,
});

test("a counter that follows another by k ticks is found at k, with gaps, in two streams, and in coarse steps first", async () => {
	const steps = noise(800, 7);
	for (const k of [0, 1, 17]) {
		const follower = [...noise(k, 9), ...steps.slice(0, steps.length - k)];
		const holes = (values: (number | null | undefined)[]) =>
			values.map((value, tick) => (tick % 97 === 50 ? undefined : value));
		const path = await made(two(holes(climb(steps)), holes(climb(follower))));
		const [best] = await ask(path, "FROM xcorr('made', 'a', 'made', 'b', '30 ms', step := '1 ms')");
		assert.equal(best!.lag_ns, k * MS);
		near(best!.r, 1);
		const [back] = await ask(path, "FROM xcorr('made', 'b', 'made', 'a', '30 ms')");
		assert.equal(Number(back!.lag_ns) + k * MS, 0);
		for (const longest of ["30 ms", "200 ms"]) {
			const [lead] = await ask(path, `FROM leads('made', 'b', 'made', 'a', '${longest}')`);
			assert.deepEqual(
				[lead!.leader, Number(lead!.lag_ns) + k * MS, lead!.step_ns],
				[k === 0 ? null : "made:a", 0, MS],
			);
		}
	}
	/* b is read every 4 ms; what happens to a in its steps happens to b two steps later. */
	const coarse = Array.from({ length: 200 }, (_, i) => [0, 1, 2, 3].reduce((sum, j) => sum + steps[4 * i + j]!, 0));
	const slow: MadeStream = { ...oneCounter(climb([0, 0, ...coarse.slice(0, -2)]), {}, 4 * MS), name: "slow" };
	const both = await made(oneCounter(climb(steps)), slow);
	const [found] = await ask(both, "FROM xcorr('made', 'c', 'slow', 'c', '40 ms')");
	assert.deepEqual([found!.lag_ns, found!.step_ns], [8 * MS, 4 * MS]);
	near(found!.r, 1);
	const [lead] = await ask(both, "SELECT leader, lag_ns FROM leads('slow', 'c', 'made', 'c', '40 ms')");
	assert.deepEqual(lead, { leader: "made:c", lag_ns: -8 * MS });
});

test("counters that have nothing to do with each other have no leader, and one that stands still has no r", async () => {
	const path = await made(two(climb(noise(600, 7)), climb(noise(600, 12345))));
	const [lead] = await ask(
		path,
		"SELECT leader, lag_ns, abs(r) < 0.2 AS chance FROM leads('made', 'a', 'made', 'b', '50 ms')",
	);
	assert.deepEqual(lead, { leader: null, lag_ns: null, chance: true });
	const still = await made(two(climb(noise(50, 7)), climb(Array(50).fill(0))));
	assert.deepEqual(await ask(still, "SELECT DISTINCT r FROM xcorr('made', 'a', 'made', 'b', '5 ms')"), [{ r: null }]);
	assert.deepEqual(await ask(still, "SELECT leader, lag_ns, r FROM leads('made', 'a', 'made', 'b', '5 ms')"), [
		{ leader: null, lag_ns: null, r: null },
	]);
});

test("autocorrelation is 1 at lag 0 and Pearson's r at the others", async () => {
	const steps = noise(60, 3);
	const path = await made(oneCounter(climb(steps).map((value, tick) => (tick === 20 ? undefined : value))));
	const known = steps.map((step, i) => (i === 19 || i === 20 ? null : step));
	const found = await ask(path, "FROM autocorrelation('made', 'c', '10 ms')");
	assert.equal(found.length, 11);
	near(found[0]!.r, 1);
	for (const { lag_ns, r } of found) near(r, pearson(known, known.slice(Number(lag_ns) / MS))!);
});

test("dominant_period: of bursts, of pulses between ticks, with gaps; none in noise, in a steady counter, in a ramp", async () => {
	const ticks = 3000;
	const each = (f: (tick: number) => number) => climb(Array.from({ length: ticks }, (_, i) => f(i)));
	const random = noise(ticks, 5);
	const table: readonly (readonly [string, Values, string, number | null, number])[] = [
		["a burst of 20 of 100 ticks", each((i) => (i % 100 < 20 ? 50 : 0) + random[i]! / 20), "400 ms", 100, 0.5],
		["the same, sought far longer", each((i) => (i % 100 < 20 ? 50 : 0) + random[i]! / 20), "1400 ms", 100, 1],
		["one tick of 37", each((i) => Number(i % 37 === 0)), "200 ms", 37, 0.1],
		["every other tick", each((i) => i % 2), "100 ms", 2, 0.1],
		["every 10.5 ticks", each((i) => Number(i % 21 === 0 || i % 21 === 10)), "100 ms", 10.5, 0.1],
		[
			"with gaps",
			each((i) => (i % 50 < 9 ? 7 : 1)).map((value, i) => (i % 61 === 3 ? undefined : value)),
			"200 ms",
			50,
			0.5,
		],
		["noise", each((i) => random[i]!), "200 ms", null, 0],
		["steady", each(() => 5), "200 ms", null, 0],
		["ever faster", each((i) => i), "200 ms", null, 0],
		["two ticks", [0, 1], "200 ms", null, 0],
	];
	for (const [what, values, longest, expected, tolerance] of table) {
		const [row, more] = await ask(await made(oneCounter(values)), `FROM dominant_period('made', 'c', '${longest}')`);
		assert.equal(more, undefined);
		if (expected === null) assert.deepEqual([row!.period_ns, row!.hz], [null, null], what);
		else assert.ok(Math.abs(Number(row!.period_ns) / MS - expected) <= tolerance, `${what}: ${JSON.stringify(row)}`);
	}
});

test("what cannot be asked is said", async () => {
	const path = await made(oneCounter([1, 2, 2]), { ...oneCounter([1, 2], { semantics: "gauge" }), name: "level" });
	const table: readonly (readonly [string, RegExp])[] = [
		["bursts('made', 'd', 1)", /d is not a counter of made; /],
		["bursts('level', 'c', 1)", /made:c is a gauge, which has values but no rate; /],
		["rate_percentiles('level', 'c')", /made:c is a gauge/],
		["stalls('made', 'c', 'soon')", /a length of time is an interval/],
		[
			"xcorr('made', 'c', 'made', 'c', '10 ms', step := '10 us')",
			/the step is shorter than the period, which is 1000000 ns/,
		],
		[
			"xcorr('made', 'c', 'made', 'c', '10 s', step := '1 ms')",
			/max_lag is more than 2000 steps; choose a longer step/,
		],
		["unchanged('none')", /none/],
	];
	for (const [call, message] of table) await assert.rejects(ask(path, `FROM ${call}`), message, call);
});

test("a recording of the synthetic source repeats itself every 500 ticks", async () => {
	const path = file("real.duckdb");
	const { status, stderr } = countersink([
		"record",
		"-e",
		"synthetic:0/{stall,drop,ramp}@1kHz",
		"-d",
		"2500ms",
		"-o",
		path,
	]);
	assert.equal(status, 0, stderr);
	const [row] = await ask(
		path,
		"SELECT round(period_ns / 1e6)::INT AS ms FROM dominant_period('synthetic', 'synthetic:0/stall', '1 s')",
	);
	assert.ok(Math.abs(Number(row!.ms) - 500) <= 2, JSON.stringify(row));
});
