// SPDX-License-Identifier: Apache-2.0
/** countersink compare, on recordings whose rates are known. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { countersink } from "../support/cli.js";
import { scratch } from "../support/folder.js";
import { type MadeRow, makeRecording } from "../support/made.js";

const folder = scratch();
const MS = 1_000_000;
const TICKS = 2000;

interface Figures {
	readonly mean: number;
	readonly p50: number;
	readonly p99: number;
}

interface Difference {
	readonly id: string;
	readonly kind: string;
	readonly a: { readonly windows: number; readonly rate: Figures };
	readonly b: { readonly windows: number; readonly rate: Figures };
	readonly ratio: number | null;
	readonly effect: number;
	readonly beyond: readonly string[];
}

interface Made {
	/** Of one counter, at each tick. */
	readonly value: (tick: number) => bigint | number | null;
	readonly width?: number;
	readonly semantics?: "counter" | "gauge";
	readonly read_ns?: number;
	readonly absent?: (tick: number) => boolean;
	readonly id?: string;
}

let made = 0;

/** A recording at 1 kHz of one counter. */
async function recording(how: Made): Promise<string> {
	const path = folder(`${made++}.duckdb`);
	const rows: MadeRow[] = [];
	for (let tick = 0; tick < TICKS; tick++)
		if (!how.absent?.(tick)) rows.push({ tick, read_ns: how.read_ns ?? 1000, values: [how.value(tick)] });
	const { id = "net:eth0/rx_bytes", semantics, width } = how;
	const counter = { id, ...(semantics && { semantics }), ...(width && { width }) };
	await makeRecording(path, [{ period_ns: MS, counters: [counter], rows }]);
	return path;
}

function compare(a: string, b: string, ...words: string[]): Difference[] {
	const { status, stdout, stderr } = countersink(["compare", a, b, "--json", ...words]);
	assert.equal(status, 0, stderr);
	return (JSON.parse(stdout) as { differences: Difference[] }).differences;
}

const compareOne = (a: string, b: string, ...words: string[]): Difference => {
	const [one, ...more] = compare(a, b, ...words);
	assert.deepEqual(more, []);
	return one!;
};

const near = (actual: number, expected: number): void =>
	assert.ok(Math.abs(actual - expected) <= 1e-9 * Math.abs(expected), `${actual} is not ${expected}`);

test("twice the rate: every window of B is above every one of A, and beyond what read windows allow", async () => {
	const a = await recording({ value: (t) => 5 * t });
	const b = await recording({ value: (t) => 10 * t });
	const found = compareOne(a, b);
	near(found.a.rate.mean, 5000);
	near(found.b.rate.p99, 10_000);
	near(found.ratio!, 2);
	assert.equal(found.effect, 1);
	assert.deepEqual(found.beyond, ["mean", "p50", "p99"]);
	assert.equal(compareOne(b, a).effect, -1, "the other way round the sign turns");
});

test("the same rates do not differ, though the values and the number of windows do", async () => {
	const a = await recording({ value: (t) => 7 * t });
	const b = await recording({ value: (t) => 1_000_000 + 7 * t, absent: (t) => t >= 1000 });
	const found = compareOne(a, b);
	assert.equal(found.effect, 0);
	assert.deepEqual(found.beyond, []);
	assert.match(countersink(["compare", a, b]).stdout, /\n1 does not differ\n$/);
});

test("a difference that the read windows can explain is not beyond them; the same one with short reads is", async () => {
	const rates = [(t: number) => 1000 * t, (t: number) => 1005 * t] as const;
	const compared = async (read_ns: number): Promise<Difference> =>
		compareOne(
			await recording({ value: rates[0], read_ns }),
			await recording({ value: rates[1], read_ns }),
			"--window",
			"10ms",
		);
	assert.deepEqual((await compared(200_000)).beyond, []);
	const sharp = await compared(100);
	assert.deepEqual(sharp.beyond, ["mean", "p50", "p99"]);
	assert.equal(sharp.effect, 1);
});

test("wraps, resets, nulls and gaps are no rates", async () => {
	const plain = await recording({ value: (t) => 3 * t });
	const odd: Made[] = [
		{ value: (t) => (4_294_967_000 + 3 * t) % 2 ** 32, width: 32 },
		{ value: (t) => 3 * (t % 700) },
		{ value: (t) => (t % 50 === 7 ? null : 3 * t) },
		{ value: (t) => 3 * t + (t > 900 ? 1_000_000 : 0), absent: (t) => t > 800 && t <= 900 },
	];
	for (const how of odd) {
		const found = compareOne(plain, await recording(how));
		near(found.b.rate.mean, 3000);
		near(found.b.rate.p99, 3000);
		assert.equal(Math.abs(found.effect) < 1e-9, true, JSON.stringify(found));
	}
});

test("a rare burst shows in p99 though few windows differ", async () => {
	const a = await recording({ value: (t) => 10 * t });
	const b = await recording({ value: (t) => 10 * t + 5000 * Math.floor(t / 500) });
	const found = compareOne(a, b);
	assert.ok(found.effect > 0 && found.effect < 0.147, `effect ${found.effect}`);
	assert.ok(found.b.rate.p99 > 10 * found.a.rate.p99);
	assert.match(countersink(["compare", a, b]).stdout, /net:eth0\/rx_bytes .* negligible +mean p99\n/);
});

test("Cliff's delta is that of its definition, ties and all", async () => {
	/* One window a tick: rates are the steps themselves. */
	const steps = { a: [1, 2, 2, 5], b: [2, 3, 1, 2, 9] };
	const sum = (list: number[]) => (t: number) =>
		Array.from({ length: t }, (_, i) => list[i % list.length]!).reduce((x, y) => x + y, 0);
	const until = (list: number[]) => (t: number) => t > list.length * 4;
	const a = await recording({ value: sum(steps.a), absent: until(steps.a) });
	const b = await recording({ value: sum(steps.b), absent: until(steps.b) });
	const pairs = steps.a.flatMap((x) => steps.b.map((y) => Math.sign(y - x)));
	const expected = pairs.reduce((x, y) => x + y, 0) / pairs.length;
	const found = compareOne(a, b, "--window", "1ms");
	assert.deepEqual([found.a.windows, found.b.windows], [16, 20]);
	near(found.effect, expected);
});

test("a gauge is compared by its value", async () => {
	const a = await recording({ value: () => 40, semantics: "gauge" });
	const b = await recording({ value: () => 30, semantics: "gauge" });
	const found = compareOne(a, b);
	assert.deepEqual([found.kind, found.a.rate.mean, found.b.rate.mean, found.effect], ["value", 40, 30, -1]);
	assert.match(countersink(["compare", a, b]).stdout, /-25 %/);
});

test("what cannot be compared is said in a sentence", async () => {
	const a = await recording({ value: (t) => t });
	const another = await recording({ value: (t) => t });
	const other = await recording({ value: (t) => t, id: "disk:sda/reads" });
	const cases: [string[], RegExp][] = [
		[[a, other], /no counter of both recordings matches '\*'/],
		[[a, a], /named twice/],
		[[a, folder("none.duckdb")], /does not exist/],
		[[a], /missing required argument 'B'/],
		[[a, other, "--window", "3"], /'3' is not a valid window; write a number and a unit/],
		[[a, another, "--window", "10m"], /have no window of 600 s that can be compared; give a shorter --window/],
		[[a, other, "-c", "net:eth0/rx_bites"], /did you mean 'net:eth0\/rx_bytes'\?/],
	];
	for (const [words, expected] of cases) {
		const { status, stdout, stderr } = countersink(["compare", ...words]);
		assert.equal(status, 2, stderr);
		assert.match(stderr, expected);
		assert.equal(stdout, "");
	}
});
