// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type Answer, ask, climb, oneCounter, type Values } from "../support/asked.js";
import { scratch } from "../support/folder.js";
import { type MadeAbout, type MadeCounter, makeRecording } from "../support/made.js";

const MS = 1e6;
const file = scratch();
let files = 0;

async function answers(values: Values, sql: string, counter: Partial<MadeCounter> = {}, about: MadeAbout = {}) {
	const path = file(`${files++}.duckdb`);
	await makeRecording(path, [oneCounter(values, counter)], about);
	return ask(path, sql);
}

const _ = undefined;

test("bursts: runs of fast ticks, joined across short pauses, with what is unknown in them", async () => {
	/* A tick is 1 ms, so a step of 10 is 10,000 per second. */
	const table: readonly (readonly [string, Values, string, Partial<MadeCounter>, Answer[]])[] = [
		["none is fast enough", climb([1, 9, 0]), "10000", {}, []],
		[
			"at the threshold is in it",
			climb([0, 10, 30, 0, 10]),
			"10000",
			{},
			[
				{
					begin: 1 * MS,
					until: 3 * MS,
					dur_ns: 2 * MS,
					moved: 40,
					peak_per_s: 30_000,
					mean_per_s: 20_000,
					ticks: 2,
					unknown: 0,
				},
				{
					begin: 4 * MS,
					until: 5 * MS,
					dur_ns: MS,
					moved: 10,
					peak_per_s: 10_000,
					mean_per_s: 10_000,
					ticks: 1,
					unknown: 0,
				},
			],
		],
		[
			"a pause as long as merge is part of it, a longer one is not",
			climb([10, 2, 10, 0, 0, 10]),
			"10000, merge := '1 ms'",
			{},
			[
				{
					begin: 0,
					until: 3 * MS,
					dur_ns: 3 * MS,
					moved: 22,
					peak_per_s: 10_000,
					mean_per_s: 22_000 / 3,
					ticks: 3,
					unknown: 0,
				},
				{
					begin: 5 * MS,
					until: 6 * MS,
					dur_ns: MS,
					moved: 10,
					peak_per_s: 10_000,
					mean_per_s: 10_000,
					ticks: 1,
					unknown: 0,
				},
			],
		],
		[
			"a gap ends it",
			[0, 10, 20, _, 40, 50],
			"10000",
			{},
			[
				{
					begin: 0,
					until: 2 * MS,
					dur_ns: 2 * MS,
					moved: 20,
					peak_per_s: 10_000,
					mean_per_s: 10_000,
					ticks: 2,
					unknown: 0,
				},
				{
					begin: 4 * MS,
					until: 5 * MS,
					dur_ns: MS,
					moved: 10,
					peak_per_s: 10_000,
					mean_per_s: 10_000,
					ticks: 1,
					unknown: 0,
				},
			],
		],
		[
			"unless merge reaches across, which is told",
			[0, 10, 20, _, 35, 45],
			"10000, merge := INTERVAL 2 milliseconds",
			{},
			[
				{
					begin: 0,
					until: 5 * MS,
					dur_ns: 5 * MS,
					moved: 45,
					peak_per_s: 10_000,
					mean_per_s: 9_000,
					ticks: 5,
					unknown: 2,
				},
			],
		],
		[
			"a reset inside leaves open how much it moved",
			[100, 110, 0, 10],
			"10000, merge := '1 ms'",
			{},
			[
				{
					begin: 0,
					until: 3 * MS,
					dur_ns: 3 * MS,
					moved: null,
					peak_per_s: 10_000,
					mean_per_s: null,
					ticks: 3,
					unknown: 1,
				},
			],
		],
		[
			"a wrap, in a burst and in a pause, is no end",
			[2 ** 32 - 20, 2 ** 32 - 10, 5, 7, 17],
			"10000, merge := '1 ms'",
			{ width: 32 },
			[
				{
					begin: 0,
					until: 4 * MS,
					dur_ns: 4 * MS,
					moved: 37,
					peak_per_s: 15_000,
					mean_per_s: 9_250,
					ticks: 4,
					unknown: 0,
				},
			],
		],
	];
	for (const [what, values, given, counter, expected] of table)
		assert.deepEqual(await answers(values, `FROM bursts('made', 'c', ${given})`, counter), expected, what);
});

test("stalls: at least this long, and whether anything is known of both ends", async () => {
	const table: readonly (readonly [string, Values, Answer[]])[] = [
		["shorter ones are left out", climb([1, 0, 1, 1]), []],
		["between two moves", climb([1, 0, 0, 1]), [{ begin: MS, until: 3 * MS, dur_ns: 2 * MS, ticks: 2, cut: null }]],
		["at the begin", climb([0, 0, 1]), [{ begin: 0, until: 2 * MS, dur_ns: 2 * MS, ticks: 2, cut: "begin" }]],
		["at the end", climb([1, 0, 0]), [{ begin: MS, until: 3 * MS, dur_ns: 2 * MS, ticks: 2, cut: "until" }]],
		["all the time", climb([0, 0]), [{ begin: 0, until: 2 * MS, dur_ns: 2 * MS, ticks: 2, cut: "both" }]],
		[
			"cut by a gap",
			[0, 5, 5, 5, _, 5, 5, 5, 6],
			[
				{ begin: MS, until: 3 * MS, dur_ns: 2 * MS, ticks: 2, cut: "until" },
				{ begin: 5 * MS, until: 7 * MS, dur_ns: 2 * MS, ticks: 2, cut: "begin" },
			],
		],
		[
			"cut by what could not be read",
			[0, 5, 5, 5, null, 6],
			[{ begin: MS, until: 3 * MS, dur_ns: 2 * MS, ticks: 2, cut: "until" }],
		],
		["cut by a reset", [8, 9, 0, 0, 0, 1], [{ begin: 2 * MS, until: 4 * MS, dur_ns: 2 * MS, ticks: 2, cut: "begin" }]],
		["never read", [], []],
	];
	for (const [what, values, expected] of table)
		assert.deepEqual(await answers(values, "FROM stalls('made', 'c', '2 ms')"), expected, what);
});

test("crossings: of a rate or of a value, once for a level that wavers, and no moment that is not known", async () => {
	const gauge: Partial<MadeCounter> = { semantics: "gauge", type: "f64" };
	const table: readonly (readonly [string, Values, string, Partial<MadeCounter>, Answer[]])[] = [
		[
			"a rate",
			climb([0, 10, 10, 9]),
			"10000",
			{},
			[
				{ ts: 2 * MS, tick: 2, direction: "up", level: 10_000, within_ns: MS },
				{ ts: 4 * MS, tick: 4, direction: "down", level: 9_000, within_ns: MS },
			],
		],
		[
			"a value",
			[0.5, 1.5, 0.25],
			"1.5",
			gauge,
			[
				{ ts: MS, tick: 1, direction: "up", level: 1.5, within_ns: MS },
				{ ts: 2 * MS, tick: 2, direction: "down", level: 0.25, within_ns: MS },
			],
		],
		[
			"somewhere in a gap",
			[0, _, _, 9],
			"5",
			gauge,
			[{ ts: 3 * MS, tick: 3, direction: "up", level: 9, within_ns: 3 * MS }],
		],
		[
			"once when it wavers",
			[0, 5, 4, 5, 4, 0, 4],
			"5, rearm := 2",
			gauge,
			[
				{ ts: MS, tick: 1, direction: "up", level: 5, within_ns: MS },
				{ ts: 5 * MS, tick: 5, direction: "down", level: 0, within_ns: 2 * MS },
			],
		],
		["never", [7, 8, null, 9], "5", gauge, []],
	];
	for (const [what, values, given, counter, expected] of table)
		assert.deepEqual(await answers(values, `FROM crossings('made', 'c', ${given})`, counter), expected, what);
});

test("intervals: pairs of marks, marks to the next, and what was never ended", async () => {
	const marks = [
		{ at_ns: 0, name: "command_start", detail: "make" },
		{ at_ns: 1 * MS, name: "warm", detail: "caches" },
		{ at_ns: 2 * MS, name: "load_start" },
		{ at_ns: 3 * MS, name: "suspended", detail: "5 ns" },
		{ at_ns: 4 * MS, name: "load_end" },
		{ at_ns: 5 * MS, name: "hot" },
		{ at_ns: 6 * MS, name: "load_start" },
		{ at_ns: 7 * MS, name: "load_start" },
		{ at_ns: 8 * MS, name: "command_end" },
	];
	const sql = "SELECT name, detail, begin, until, dur_ns, closed FROM intervals()";
	const row = (name: string, detail: string | null, begin: number, until: number, closed: boolean) => ({
		name,
		detail,
		begin: begin * MS,
		until: until * MS,
		dur_ns: (until - begin) * MS,
		closed,
	});
	assert.deepEqual(await answers([0, 0, 0, 0, 0, 0, 0, 0, 0, 0], sql, {}, { marks }), [
		row("command", "make", 0, 8, true),
		row("warm", "caches", 1, 5, true),
		row("load", null, 2, 4, true),
		row("hot", null, 5, 10, false),
		row("load", null, 6, 7, false),
		row("load", null, 7, 10, false),
	]);
	assert.deepEqual(await answers([0], sql), []);
	/* Not finalised: up to the last commit. */
	assert.deepEqual(await answers([0, 0], sql, {}, { marks: [{ at_ns: 0, name: "a" }], ended: null }), [
		row("a", null, 0, 2, false),
	]);
});

/** Steps of a counter, with ticks that were not stored and values that could not be read among them. */
const steps = fc.array(
	fc.oneof(
		{ weight: 12, arbitrary: fc.integer({ min: 0, max: 3 }) },
		{ weight: 1, arbitrary: fc.constant(null) },
		{ weight: 1, arbitrary: fc.constant(undefined) },
	),
	{ minLength: 1, maxLength: 40 },
);

/** Movement by tick as far as it is known: the definition of deltas(), as a loop. */
const known = (values: Values): (number | null)[] =>
	values.map((value, i) => {
		const before = values[i - 1];
		return typeof value === "number" && typeof before === "number" ? value - before : null;
	});

/** Runs of ticks that fit, as [first, last]. */
function runs(deltas: readonly (number | null)[], fits: (delta: number) => boolean): [number, number][] {
	const found: [number, number][] = [];
	deltas.forEach((delta, tick) => {
		if (delta === null || !fits(delta)) return;
		if (found.at(-1)?.[1] === tick - 1) found.at(-1)![1] = tick;
		else found.push([tick, tick]);
	});
	return found;
}

const numRuns = 12;

test("law: bursts are what a loop finds, merged or not, and hold every fast tick once", () =>
	fc.assert(
		fc.asyncProperty(steps, fc.integer({ min: 0, max: 4 }), async (given, merge) => {
			const values = climb(given);
			const deltas = known(values);
			const joined: [number, number][] = [];
			for (const run of runs(deltas, (delta) => delta >= 2)) {
				if (joined.length && run[0] - 1 - joined.at(-1)![1] <= merge) joined.at(-1)![1] = run[1];
				else joined.push(run);
			}
			const found = await answers(values, `FROM bursts('made', 'c', 2000, merge := '${merge} ms')`);
			assert.deepEqual(
				found.map(({ begin, until, ticks, moved, unknown, peak_per_s }) => [
					begin,
					until,
					ticks,
					moved,
					unknown,
					peak_per_s,
				]),
				joined.map(([first, last]) => {
					const inside = deltas.slice(first, last + 1);
					const moved = (values[last] as number) - (values[first - 1] as number);
					const fastest = Math.max(...inside.map((delta) => delta ?? 0));
					return [
						(first - 1) * MS,
						last * MS,
						last - first + 1,
						moved,
						inside.filter((d) => d === null).length,
						fastest * 1000,
					];
				}),
			);
		}),
		{ numRuns },
	));

test("law: stalls are what a loop finds", () =>
	fc.assert(
		fc.asyncProperty(steps, fc.integer({ min: 1, max: 3 }), async (given, minimum) => {
			const values = climb(given);
			const deltas = known(values);
			const moved = (tick: number) => (deltas[tick] ?? 0) > 0;
			const expected = runs(deltas, (delta) => delta === 0)
				.filter(([first, last]) => last - first + 1 >= minimum)
				.map(([first, last]) => {
					const cut = [
						["both", "begin"],
						["until", null],
					][Number(moved(first - 1))]![Number(moved(last + 1))];
					return {
						begin: (first - 1) * MS,
						until: last * MS,
						dur_ns: (last - first + 1) * MS,
						ticks: last - first + 1,
						cut,
					};
				});
			assert.deepEqual(await answers(values, `FROM stalls('made', 'c', '${minimum} ms')`), expected);
		}),
		{ numRuns },
	));

test("law: crossings alternate, and there is one wherever the level is on another side than it last was", () =>
	fc.assert(
		fc.asyncProperty(steps, async (given) => {
			const sides = known(climb(given)).flatMap((delta, tick) => (delta === null ? [] : [[tick, delta >= 2] as const]));
			const expected = sides.filter(([, above], i) => i > 0 && sides[i - 1]![1] !== above);
			const found = await answers(climb(given), "FROM crossings('made', 'c', 2000)");
			assert.deepEqual(
				found.map(({ tick, direction }) => [tick, direction === "up"]),
				expected,
			);
			found.forEach(({ direction }, i) => {
				assert.notEqual(direction, found[i - 1]?.direction);
			});
		}),
		{ numRuns },
	));
