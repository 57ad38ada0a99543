// SPDX-License-Identifier: Apache-2.0
/** Which lane reads which stream, and that a slow read delays only the streams of its own lane. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { allowedCpus } from "../../base/affinity.js";
import { type LaneLoad, type Lanes, laneCpus, place, placeOn } from "../../sampler/lanes.js";
import { countersink } from "../support/countersink.js";
import { scratch } from "../support/folder.js";

const file = scratch();
const us = 1000;
const ms = 1e6;
const load = (period_ns: number, cost_ns: number, slow_ns = cost_ns): LaneLoad => ({ period_ns, cost_ns, slow_ns });

test("as many lanes as keep slow reads away from fast streams", () => {
	const table: [string, LaneLoad[], number, Lanes][] = [
		["one stream", [load(1 * ms, 900 * us)], 8, [[0]]],
		["a slow one that is quick to read", [load(1 * ms, 5 * us), load(100 * ms, 90 * us)], 8, [[0, 1]]],
		["a slow one that takes too long", [load(1 * ms, 5 * us), load(100 * ms, 110 * us)], 8, [[0], [1]]],
		["the fastest comes first", [load(100 * ms, 110 * us), load(1 * ms, 5 * us)], 8, [[1], [0]]],
		["a slow one that is slow now and then", [load(1 * ms, us), load(50 * ms, us, 30 * ms)], 8, [[0], [1]]],
		[
			"alike, all at one rate",
			[load(100 * ms, 9 * ms), load(100 * ms, 9 * ms), load(100 * ms, 9 * ms)],
			8,
			[[0, 1, 2]],
		],
		["at one rate, but too much for one lane", [load(ms, 600 * us), load(ms, 600 * us)], 8, [[0], [1]]],
		["no CPU to spare", [load(1 * ms, 5 * us), load(100 * ms, 110 * us)], 1, [[0, 1]]],
		[
			"slow ones share a lane",
			[load(10 * us, us), load(1 * ms, 5 * us), load(100 * ms, 50 * us), load(1000 * ms, 90 * us)],
			8,
			[[0], [1, 2, 3]],
		],
		["fewer lanes than it takes", [load(10 * us, us), load(1 * ms, 5 * us), load(100 * ms, 5 * ms)], 2, [[0], [1, 2]]],
	];
	for (const [what, loads, most, expected] of table) assert.deepEqual(place(loads, most), expected, what);
});

const loads = fc.array(
	fc.record({ period_ns: fc.integer({ min: us, max: 1000 * ms }), cost_ns: fc.nat(20 * ms), slow_ns: fc.nat(50 * ms) }),
	{ minLength: 1, maxLength: 30 },
);

test("each stream has one lane, each lane a stream, the first lane the fastest", () => {
	fc.assert(
		fc.property(loads, fc.integer({ min: 1, max: 40 }), (all, wanted) => {
			const most = Math.min(wanted, all.length);
			for (const lanes of [placeOn(all, most), place(all, wanted)]) {
				assert.ok(lanes.length <= most && lanes.every((lane) => lane.length > 0));
				assert.deepEqual(
					lanes.flat().sort((a, b) => a - b),
					[...all.keys()],
				);
				const fastest = Math.min(...all.map(({ period_ns }) => period_ns));
				assert.ok(lanes[0]!.some((i) => all[i]!.period_ns === fastest));
			}
			assert.equal(placeOn(all, most).length, most);
		}),
	);
});

test("lanes run on CPUs of their own", () => {
	const table: [string, number, number[][], number[], number[]][] = [
		["one lane that may run anywhere", -1, [[]], [0, 1], [-1]],
		["one lane, where its reader must be", -1, [[1, 0]], [0, 1], [1]],
		["beside the first", 1, [[], []], [0, 1], [1, 0]],
		["the last free ones", 3, [[], [], []], [0, 1, 2, 3], [3, 2, 1]],
		["where its own reader must be", 3, [[], [0, 1], []], [0, 1, 2, 3], [3, 0, 2]],
		["two that may run anywhere", -1, [[], []], [0, 1], [-1, -1]],
		["the reader's CPU is taken", 1, [[], [1]], [0, 1], [1, 0]],
	];
	for (const [what, first, bound, allowed, expected] of table)
		assert.deepEqual(laneCpus(first, bound, allowed), expected, what);
});

const fast = "synthetic:0/*@1kHz";
/** Every other read takes 30 ms. */
const slow = "synthetic:1/*?slow=2:30ms@20Hz";

/** Reads of the fast stream that began during a slow read of the other, and how many were due then. */
async function duringSlowReads(path: string): Promise<{ begun: number; due: number }> {
	const sql = `WITH slow AS (SELECT ts AS b, ts + read_ns * INTERVAL '1 microsecond' / 1000 AS e FROM synthetic_20hz WHERE read_ns > 20000000)
		SELECT (SELECT count(*) FROM synthetic AS f, slow WHERE f.ts > slow.b AND f.ts < slow.e) AS begun, 30 * (SELECT count(*) FROM slow) AS due`;
	const { code, stdout, stderr } = await countersink(["sql", path, sql, "--format", "json"]);
	assert.equal(code, 0, stderr);
	const [row] = JSON.parse(stdout) as { begun: number; due: number }[];
	assert.ok(row!.due > 0, "no read was slow");
	return row!;
}

test("a slow stream does not delay a fast one that has a lane of its own", {
	skip: allowedCpus().length < 2 && "needs two CPUs",
}, async () => {
	const record = (path: string, ...flags: string[]) =>
		countersink(["record", "-e", fast, "-e", slow, "-d", "600ms", "-o", path, ...flags]);
	const two = await record(file("two.duckdb"));
	assert.equal(two.code, 0, two.stderr);
	const { begun, due } = await duringSlowReads(file("two.duckdb"));
	assert.ok(begun > due / 3, `${begun} of ${due} reads during slow reads of the other lane`);
	const one = await record(file("one.duckdb"), "--lanes", "1");
	assert.equal(one.code, 0, one.stderr);
	assert.equal((await duringSlowReads(file("one.duckdb"))).begun, 0, "one lane reads one stream at a time");
});

test("lanes that cannot be had are refused", async () => {
	const record = (...words: string[]) => countersink(["record", "-o", file("none.duckdb"), "-d", "10ms", ...words]);
	const table: [string[], RegExp][] = [
		[["-e", fast, "--lanes", "2"], /--lanes 2 (would leave a lane empty: there is 1 stream|is more than the 1 lane)/],
		[["-e", fast, "-e", slow, "--lanes", "9999"], /--lanes 9999 is more than the \d+ lanes? that can be had here/],
		[["-e", fast, "--lanes", "0"], /'0' is not a number of lanes/],
		[["-e", fast, "--lanes", "two"], /'two' is not a number of lanes/],
	];
	for (const [words, said] of table) {
		const { code, stderr } = await record(...words);
		assert.match(stderr, said);
		assert.equal(code, 2);
	}
});
