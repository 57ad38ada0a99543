// SPDX-License-Identifier: Apache-2.0
/** The macros of queries/macros, read from the file by DuckDB alone: cases, and laws against a model in TypeScript. */
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { test } from "node:test";
import fc from "fast-check";
import { packageFile } from "../../base/paths.js";
import { macros, prelude } from "../../queries/prelude.js";
import { macroTopics } from "../../storage/macro-files.js";
import { countersink } from "../support/countersink.js";
import { scratch } from "../support/folder.js";
import { withFile } from "../support/judge.js";
import { type MadeCounter, type MadeRow, type MadeStream, makeRecording, STARTED_NS } from "../support/made.js";

const file = scratch();
const TOP = 2n ** 64n - 1n;

/** What is read at ticks 0, 1, 2, ...: undefined is a missing tick. */
type Read = bigint | number | null | undefined;
const rowsOf = (reads: readonly Read[]): MadeRow[] =>
	reads.flatMap((value, tick) => (value === undefined ? [] : [{ tick, values: [value] }]));

const steps: readonly (Pick<MadeCounter, "width" | "type"> & {
	readonly name: string;
	readonly reads: readonly Read[];
	/** Of each row. */
	readonly deltas: readonly (bigint | number | null)[];
})[] = [
	{ name: "grows", reads: [1n, 4n, 4n, 10n], deltas: [null, 3n, 0n, 6n] },
	{ name: "wraps at 32 bits", width: 32, reads: [2n ** 32n - 2n, 2n ** 32n - 1n, 0n, 7n], deltas: [null, 1n, 1n, 7n] },
	{ name: "wraps at 48 bits", width: 48, reads: [2n ** 48n - 2n, 5n], deltas: [null, 7n] },
	{ name: "wraps at 64 bits", reads: [TOP - 1n, 5n, TOP - 1n], deltas: [null, 7n, TOP - 6n] },
	{ name: "is reset at 32 bits", width: 32, reads: [1000n, 3n, 5n], deltas: [null, null, 2n] },
	{ name: "is reset at 64 bits", reads: [2n ** 62n, 3n, 5n], deltas: [null, null, 2n] },
	{
		name: "is wider than it says",
		width: 32,
		reads: [5n, 2n ** 33n, 2n ** 33n + 1n, 7n],
		deltas: [null, 2n ** 33n - 5n, 1n, null],
	},
	{ name: "has gaps", reads: [undefined, 1n, undefined, 5n, 6n, undefined], deltas: [null, null, 1n] },
	{ name: "has nulls", reads: [null, 1n, null, null, 5n, 6n, null], deltas: [null, null, null, null, null, 1n, null] },
	{ name: "has one row", reads: [5n], deltas: [null] },
	{ name: "has no row", reads: [], deltas: [] },
	{ name: "has only gaps", reads: [undefined, undefined], deltas: [] },
	{ name: "is i64", type: "i64", reads: [-5n, 5n, -7n], deltas: [null, 10n, null] },
	{ name: "is i64 and wraps", type: "i64", reads: [2n ** 63n - 1n, -(2n ** 63n) + 1n], deltas: [null, 2n] },
	{ name: "is f64", type: "f64", reads: [0.5, 1.25, 1.25, 0.25], deltas: [null, 0.75, 0, null] },
	{ name: "is f64 of 32 bits", width: 32, type: "f64", reads: [4294967294.5, 0.5], deltas: [null, 2] },
];

const number = (value: unknown): bigint | number | null =>
	value === null || typeof value === "number" ? value : BigInt(value as bigint);

test("deltas, and moved and bucket with them, of a counter that ...", async (t) => {
	const path = file("steps.duckdb");
	const streams = steps.map(({ name, width = 64, type = "u64", reads }) => ({
		name: name.replaceAll(" ", "_"),
		period_ns: 1000,
		counters: [{ id: "made:x", width, type }],
		rows: rowsOf(reads),
		ticks: reads.length,
	}));
	await makeRecording(path, streams);
	await withFile(path, async (recording) => {
		for (const [i, { name, deltas }] of steps.entries())
			await t.test(name, async () => {
				const of = `'${streams[i]!.name}', 'made:x'`;
				const found = await recording.rows(`SELECT delta FROM deltas(${of})`);
				assert.deepEqual(
					found.map(({ delta }) => number(delta)),
					deltas,
				);
				const sums = await recording.rows(`SELECT (SELECT sum(delta) FROM deltas(${of})) AS deltas,
					(SELECT sum(moved) FROM moved(${of}, 2000)) AS moved, (SELECT sum(moved) FROM moved(${of}, '1 s')) AS one, (SELECT sum(moved) FROM bucket(${of}, 2000)) AS bucket`);
				assert.deepEqual(
					new Set(Object.values(sums[0]!).map(number)).size,
					1,
					JSON.stringify(sums, (_, v) => String(v)),
				);
			});
	});
});

const refused: readonly { readonly sql: string; readonly says: RegExp }[] = [
	...["readings", "deltas", "rate", "rate_band", "moved", "bucket", "envelope"].map((macro) => ({
		sql: `SELECT count(*) FROM ${macro}('s', 'made:nope')`,
		says: /^(Invalid Input Error: )?made:nope is not a counter of s; FROM counters lists all of them$/,
	})),
	...["deltas", "rate", "rate_band", "moved", "bucket"].map((macro) => ({
		sql: `SELECT count(*) FROM ${macro}('s', 'level')`,
		says: /made:level is a gauge, which has values but no rate; use readings\('s', 'level'\)$/,
	})),
	{ sql: "FROM readings('s', 'made:a.b')", says: /made:a\.b is not a counter of s/ },
	{ sql: "FROM rate('nope', 'x')", says: /nope does not exist/ },
	{ sql: "FROM moved('s', 'x', 'soon')", says: /a length of time is an interval .*, not soon$/ },
	{ sql: "FROM moved('s', 'x', -1)", says: /a length of time is .*, not -1$/ },
	{
		sql: "FROM bucket('s', 'x', 999)",
		says: /a bucket of 999 ns holds no tick of s, which has one every 1000 ns; take wider buckets$/,
	},
	{ sql: "FROM envelope('s', 'x', 0)", says: /an envelope has at least one point, not 0$/ },
	{ sql: "FROM align('s', 's', 'late')", says: /a length of time is .*, not late$/ },
];

test("what cannot be answered says so in one sentence", async (t) => {
	const path = file("refused.duckdb");
	const counters: MadeCounter[] = [{ id: "made:x" }, { id: "made:level", semantics: "gauge" }, { id: "made:a_b" }];
	await makeRecording(path, [
		{ name: "s", period_ns: 1000, counters, rows: "SELECT range AS tick, range AS x, 5 AS level FROM range(9)" },
	]);
	await withFile(path, async (recording) => {
		for (const { sql, says } of refused)
			await t.test(sql, () =>
				assert.rejects(recording.rows(sql), ({ message }: Error) => says.test(message.split("\n")[0]!)),
			);
	});
});

const PERIOD = 1000n;

/** One tick of a random counter: not stored, not readable, or how far it moved and how late it was read. */
const tickOf = fc.record({
	kind: fc.oneof(
		{ weight: 20, arbitrary: fc.constant("row") },
		{ weight: 3, arbitrary: fc.constantFrom("missing", "null", "reset") },
	),
	step: fc.oneof({ weight: 9, arbitrary: fc.bigInt(0n, 50n) }, fc.bigInt(0n, 2n ** 31n)),
	late_ns: fc.integer({ min: 0, max: 999 }),
	read_ns: fc.integer({ min: 0, max: 1500 }),
});
const counterOf = fc.record({
	width: fc.constantFrom(32, 48, 64),
	below: fc.bigInt(0n, 1000n),
	ticks: fc.array(tickOf, { maxLength: 120, size: "max" }),
	wide_ns: fc.integer({ min: 1000, max: 40_000 }),
	after_ns: fc.bigInt(0n, 10n ** 9n),
});
type Random = typeof counterOf extends fc.Arbitrary<infer T> ? T : never;

interface Reading extends MadeRow {
	readonly value: bigint | null;
	readonly ts: bigint;
	readonly read_ns: number;
}

/** A counter that begins a little below where it wraps. */
function readingsOf({ width, below, ticks }: Random, start: bigint): Reading[] {
	const range = 2n ** BigInt(width);
	let at = range - 1n - below;
	return ticks.flatMap(({ kind, step, late_ns, read_ns }, tick) => {
		at = kind === "reset" ? step % 100n : (at + step) % range;
		if (kind === "missing") return [];
		const value = kind === "null" ? null : at;
		return [{ tick, late_ns, read_ns, values: [value], value, ts: start + BigInt(tick) * PERIOD + BigInt(late_ns) }];
	});
}

interface Step {
	readonly tick: number;
	readonly delta: bigint;
	readonly dt: bigint;
	readonly per_s: number;
	readonly longest: bigint;
	readonly shortest: bigint;
}

/** Modular arithmetic: forward by less than half the range, where it went back; anything, where it did not. */
function stepOf(before: Reading | undefined, row: Reading, width: number): Step | null {
	if (!before || row.tick !== before.tick + 1 || row.value === null || before.value === null) return null;
	const range = 2n ** BigInt(width);
	const delta = (row.value - before.value + range) % range;
	if (row.value < before.value && delta >= range / 2n) return null;
	const dt = row.ts - before.ts;
	const [longest, shortest] = [dt + BigInt(row.read_ns), dt - BigInt(before.read_ns)];
	return { tick: row.tick, delta, dt, per_s: (Number(delta) * 1e9) / Number(dt), longest, shortest };
}

const add = (numbers: readonly bigint[]): bigint | null => (numbers.length ? numbers.reduce((a, b) => a + b) : null);

/** Every bucket that a tick is due in. */
function bucketsOf(
	random: Random,
	readings: readonly Reading[],
	all: readonly Step[],
	start: bigint,
): Record<string, unknown>[] {
	const wide = BigInt(random.wide_ns);
	const bucket = (tick: number): bigint => (start + BigInt(tick) * PERIOD) / wide;
	const ticks = random.ticks.map((_, tick) => tick);
	return [...new Set(ticks.map(bucket))].map((n) => {
		const own = all.filter(({ tick }) => bucket(tick) === n);
		const [moved, dt] = [add(own.map(({ delta }) => delta)), add(own.map((step) => step.dt))];
		const rates = own.map(({ per_s }) => per_s);
		const read = readings.filter(({ tick, value }) => value !== null && bucket(tick) === n).length;
		return {
			begin: n * wide,
			first: rates[0] ?? null,
			last: rates.at(-1) ?? null,
			min: rates.length ? Math.min(...rates) : null,
			max: rates.length ? Math.max(...rates) : null,
			mean: moved === null ? null : (Number(moved) * 1e9) / Number(dt),
			moved,
			coverage: read / ticks.filter((tick) => bucket(tick) === n).length,
		};
	});
}

test("law: whatever wraps, resets, is missing or null, the macros say what a walk along the readings says", async () => {
	let run = 0;
	await fc.assert(
		fc.asyncProperty(
			fc.array(counterOf, { minLength: 8, maxLength: 8 }),
			fc.bigInt(0n, 10n ** 9n),
			async (randoms, after) => {
				const path = file(`law-${run++}.duckdb`);
				const start = STARTED_NS + after;
				const readings = randoms.map((random) => readingsOf(random, start));
				const streams = randoms.map(({ width, ticks }, i): MadeStream => {
					const counters = [{ id: "made:x", width }];
					return { name: `s${i}`, period_ns: Number(PERIOD), counters, rows: readings[i]!, ticks: ticks.length };
				});
				await makeRecording(path, streams, { started_ns: start });
				await withFile(path, async (recording) => {
					for (const [i, random] of randoms.entries()) {
						const own = readings[i]!;
						const all = own.flatMap((row, at) => stepOf(own[at - 1], row, random.width) ?? []);
						const rates = await recording.rows(
							`SELECT tick, delta, dt_ns, slowest, per_s, fastest FROM rate_band('s${i}', 'x')`,
						);
						assert.deepEqual(
							rates,
							all.map(({ tick, delta, dt, per_s, longest, shortest }) => ({
								tick: BigInt(tick),
								delta,
								dt_ns: dt,
								slowest: (Number(delta) * 1e9) / Number(longest),
								per_s,
								fastest: shortest > 0n ? (Number(delta) * 1e9) / Number(shortest) : null,
							})),
						);
						const columns = "* REPLACE (epoch_ns(begin) AS begin)";
						const expected = bucketsOf(random, own, all, start);
						assert.deepEqual(
							await recording.rows(`SELECT ${columns} FROM bucket('s${i}', 'x', ${random.wide_ns})`),
							expected,
						);
						assert.deepEqual(
							await recording.rows(`SELECT ${columns} FROM moved('s${i}', 'x', ${random.wide_ns})`),
							expected.map(({ begin, moved, mean, coverage }) => ({ begin, moved, mean, coverage })),
						);
					}
				});
			},
		),
		{ numRuns: 5, endOnFailure: true },
	);
});

test("an envelope keeps every spike, of a gauge in its values and of a counter in its rate", async () => {
	const path = file("envelope.duckdb");
	const rows = `SELECT range AS tick, 100 * range + CASE WHEN range >= 4321 THEN 5000 ELSE 0 END AS x,
		CASE range WHEN 1234 THEN 99 WHEN 5678 THEN -7 ELSE 5 END AS level FROM range(10000)`;
	const counters: MadeCounter[] = [{ id: "made:x" }, { id: "made:level", semantics: "gauge", type: "i64" }];
	await makeRecording(path, [{ name: "s", period_ns: 1000, counters, rows }]);
	await withFile(path, async (recording) => {
		const levels = await recording.rows("SELECT min, max FROM envelope('s', 'level', 10)");
		assert.deepEqual(
			levels,
			Array.from({ length: 10 }, (_, i) => ({ min: i === 5 ? -7 : 5, max: i === 1 ? 99 : 5 })),
		);
		const rates = await recording.rows("SELECT epoch_ns(begin) AS begin, min, max FROM envelope('s', 'x', 10)");
		const begin = (i: number): bigint => STARTED_NS + BigInt(i) * 1_000_000n;
		assert.deepEqual(
			rates,
			Array.from({ length: 10 }, (_, i) => ({ begin: begin(i), min: 1e8, max: i === 4 ? 5.1e9 : 1e8 })),
		);
		assert.equal((await recording.rows("FROM envelope('s', 'x')")).length, 1000);
	});
});

test("two streams of different periods are aligned by what had been read", async () => {
	const path = file("align.duckdb");
	const slow = {
		name: "slow",
		period_ns: 5000,
		counters: [{ id: "slow:x" }],
		rows: "SELECT range AS tick, 10 * range AS x FROM range(6) WHERE range NOT IN (2, 3)",
	};
	const fast = {
		name: "fast",
		period_ns: 2000,
		counters: [{ id: "fast:x" }],
		rows: "SELECT range AS tick, range AS x FROM range(12)",
	};
	await makeRecording(path, [slow, fast]);
	const near: [tolerance: string, ages: (number | null)[]][] = [
		["", [0, 2, 4, 1, 3, 5, 7, 9, null, null, 0, 2]],
		[", '4 us'", [0, 2, 4, 1, 3, null, null, null, null, null, 0, 2]],
		[", INTERVAL 1 second", [0, 2, 4, 1, 3, 5, 7, 9, 11, 13, 0, 2]],
		[", 0", [0, null, null, null, null, null, null, null, null, null, 0, null]],
	];
	await withFile(path, async (recording) => {
		for (const [tolerance, ages] of near) {
			const rows = await recording.rows(`SELECT a.x AS a, b.x AS b, age_ns FROM align('fast', 'slow'${tolerance})`);
			const expected = ages.map((age, i) => {
				const age_ns = age === null ? null : BigInt(age) * 1000n;
				return { a: BigInt(i), b: age_ns === null ? null : ((BigInt(i) * 2000n - age_ns) / 5000n) * 10n, age_ns };
			});
			assert.deepEqual(rows, expected, tolerance);
		}
		const rates = await recording.rows(
			"SELECT a, b, age_ns FROM align_rates('fast', 'x', 'slow', 'x') WHERE tick IN (0, 4, 10)",
		);
		assert.deepEqual(rates, [
			{ a: null, b: null, age_ns: 0n },
			{ a: 5e5, b: 2e6, age_ns: 3000n },
			{ a: 5e5, b: null, age_ns: 0n },
		]);
	});
});

/** What is known of every step of the synthetic source; t is the tick of the later read, s the seed. */
const truth: Record<string, string> = {
	ramp: "s + 1",
	wrap32: "s + 7",
	wrap48: "s + 7",
	reset: "CASE WHEN t % 1000 <> 0 THEN s + 3 END",
	stall: "CASE WHEN t % 500 BETWEEN 1 AND 400 THEN s + 1 ELSE 0 END",
	drop: "CASE WHEN t % 100 NOT IN (0, 99) THEN s + 5 END",
};

test("a real recording moves as its counters are defined", async () => {
	const path = file("real.duckdb");
	const { code, stderr } = await countersink([
		"record",
		"-e",
		"synthetic:{0,5,15}/*?error=100:3@5kHz",
		"-d",
		"500ms",
		"-o",
		path,
	]);
	assert.equal(code, 0, stderr);
	await withFile(path, async (recording) => {
		for (const [name, formula] of Object.entries(truth))
			for (const instance of [0, 5, 15]) {
				const of = `'synthetic', 'synthetic:${instance}/${name}'`;
				const found =
					await recording.row(`SELECT count(*) FILTER (delta IS DISTINCT FROM CASE WHEN dt_ns IS NOT NULL THEN ${formula} END)::INT AS wrong,
					count(*) > 100 AS lively, sum(delta) = (SELECT sum(moved) FROM moved(${of}, '10 ms')) AS moved,
					(SELECT sum(coverage * 50) FROM bucket(${of}, '10 ms')) <= 2500 AS covered
					FROM (SELECT delta, dt_ns, tick::BIGINT AS t, ${8 * instance} AS s FROM deltas(${of}))`);
				assert.deepEqual(found, { wrong: 0, lively: true, moved: true, covered: true }, of);
			}
	});
});

test("every recording carries every macro", async () => {
	const path = file("carries.duckdb");
	await countersink(["record", "-e", "synthetic:0/ramp@1kHz", "-d", "50ms", "-o", path]);
	await withFile(path, async (recording) => {
		const known = await recording.rows(
			"SELECT DISTINCT function_name AS name FROM duckdb_functions() WHERE database_name = 'carries' AND function_type LIKE '%macro'",
		);
		const defined = [...prelude().matchAll(/^CREATE MACRO (\w+)/gm)].map(([, name]) => name!);
		assert.ok(defined.length > 10);
		assert.deepEqual(known.map(({ name }) => String(name)).sort(), [...new Set(defined)].sort());
	});
});

test("every file of queries/macros is a topic, and every macro has its page", () => {
	const files = readdirSync(packageFile("queries/macros")).map((file) => file.replace(/\.sql$/, ""));
	assert.deepEqual(files.sort(), [...macroTopics].sort());
	const defined = [...prelude().matchAll(/^CREATE MACRO (\w+)/gm)].map(([, name]) => name!);
	assert.deepEqual(
		macros().map(({ name }) => name),
		defined,
	);
});
