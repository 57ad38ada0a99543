// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { packageFile } from "../../base/paths.js";
import { type Curve, type Figure, judge, ratio } from "../../bench/benchmark.js";
import { curveSection, overheadPage, replaceBetween } from "../../bench/curve.js";
import { Filler, realisticStream } from "../../bench/filler.js";
import { figureLines, figuresTable } from "../../bench/report.js";
import { type Entry, mergeEntries, newestWith, writeResults } from "../../bench/results.js";
import { digits, median, quantile } from "../../bench/statistics.js";
import { RingReader } from "../../sampler/ring.js";
import { layOut, Umem } from "../../sampler/umem.js";

test("statistics of small samples", () => {
	assert.equal(median([3, 1, 2]), 2);
	assert.equal(median([4, 1, 2, 3]), 2.5);
	assert.equal(quantile([5, 1, 4, 2, 3], 0.99), 5);
	assert.equal(quantile([5, 1, 4, 2, 3], 0.2), 1);
	assert.equal(quantile([7], 0), 7);
	assert.throws(() => median([]), /needs a sample/);
});

test("three digits, whatever the size", () => {
	const table: [number, string][] = [
		[0, "0"],
		[0.012345, "0.0123"],
		[1.2345, "1.23"],
		[98.76, "98.8"],
		[12345, "12,300"],
		[-2.5, "-2.5"],
	];
	for (const [n, text] of table) assert.equal(digits(n), text);
});

test("a goal is reached at its bound, on the right side only", () => {
	const table: [number, Figure["goal"], string][] = [
		[98, { atLeast: 98 }, "PASS"],
		[97.9, { atLeast: 98 }, "MISS"],
		[5, { atMost: 5 }, "PASS"],
		[5.1, { atMost: 5 }, "MISS"],
		[Number.NaN, { atMost: 5 }, "MISS"],
		[1, undefined, ""],
	];
	for (const [value, goal, verdict] of table) assert.equal(judge({ value, ...(goal && { goal }) }), verdict);
	assert.equal(ratio({ value: 1 }), null);
	assert.equal(ratio({ value: 1, reference: { what: "", value: 0 } }), null);
	assert.equal(ratio({ value: 1, reference: { what: "", value: 4 } }), 0.25);
});

const figure: Figure = {
	what: "rows | written",
	unit: "M rows/s",
	value: 51.26,
	goal: { atLeast: 40 },
	reference: { what: "memcpy", value: 205.04 },
	note: "3 rounds",
};

test("a figure as a row and as a line", () => {
	assert.equal(
		figuresTable([figure]).split("\n")[2],
		"| rows \\| written (3 rounds) | 51.3 M rows/s | at least 40 M rows/s | PASS | memcpy: 205 M rows/s | 0.25 |",
	);
	assert.deepEqual(figureLines([figure, { what: "plain", unit: "%", value: 2 }]), [
		"  PASS  rows | written (3 rounds): 51.3 M rows/s, asked at least 40 M rows/s; memcpy: 205 M rows/s, ratio 0.25",
		"  -     plain: 2 %",
	]);
});

const curve: Curve = {
	source: "net",
	instance: "eth0",
	counters: 24,
	read_ns: 2100,
	points: [
		{ rate_hz: 1000, wait: "sleep", sampler: 0.0312, node: 0.05, missed: 0, ticks: 2000 },
		{ rate_hz: 1000, wait: "spin", sampler: 1, node: 0.06, missed: 0.00001, ticks: 2000 },
	],
};

test("a curve says what was measured, what was left out and what cannot be", () => {
	assert.equal(
		curveSection(curve, [100, 1000, 1e6]),
		`### net: 24 counters of eth0, one read takes 2.1 us

| rate | sleep: CPU, missed | hybrid: CPU, missed | spin: CPU, missed | Node: CPU |
| --- | --- | --- | --- | --- |
| 100 Hz |  |  |  |  |
| 1 kHz | 3.1 %, 0 % |  | 100 %, < 0.01 % | 6 % |
| 1 MHz | a read takes longer | a read takes longer | a read takes longer |  |`,
	);
});

test("only text between two markers is replaced", () => {
	assert.equal(replaceBetween("a [ old ] b", "[", "]", "new"), "a [\n\nnew\n\n] b");
	assert.throws(() => replaceBetween("a ] old [ b", "[", "]", "new"), /missing/);
});

test("docs/overhead.md is what the newest results print", () => {
	const page = readFileSync(packageFile("docs/overhead.md"), "utf8");
	assert.equal(overheadPage(page) ?? page, page, "run node dist/bench/curve.js");
});

const host = { kind: "k", cpu: "c", cores: 2, kernel: "6", virtualisation: "none", node: "v20" };
const entry = (name: string, at: string): Entry => ({
	name,
	title: name,
	at,
	commit: "0",
	command: `npm run bench ${name}`,
	figures: [figure],
});

test("results of a day are added to, and the newest of a name is found", () => {
	assert.deepEqual(
		mergeEntries([entry("a", "1"), entry("b", "1")], [entry("a", "2")]).map(({ name, at }) => name + at),
		["a2", "b1"],
	);
	const folder = mkdtempSync(join(tmpdir(), "countersink-test-"));
	try {
		const day = (n: number): Date => new Date(Date.UTC(2026, 0, n));
		writeResults(host, [entry("a", "2026-01-02")], folder, day(2));
		writeResults(host, [entry("b", "2026-01-02")], folder, day(2));
		writeResults(host, [entry("a", "2026-01-01")], folder, day(1));
		assert.equal(newestWith("a", folder)?.results.date, "2026-01-02");
		assert.equal(newestWith("a", folder)?.results.entries.length, 2);
		assert.equal(newestWith("c", folder), null);
		assert.match(readFileSync(join(folder, "2026-01-02-k.md"), "utf8"), /`npm run bench b` measures again/);
	} finally {
		rmSync(folder, { recursive: true });
	}
});

test("the filler's rows read back correctly, across blocks", () => {
	const shape = layOut([{ columns: 8, period_ns: 1000 }], 0)[0]!;
	const umem = Umem.create([shape], 0n);
	try {
		const filler = new Filler(umem.ring(shape), shape);
		const reader = new RingReader(umem.ring(shape), shape);
		const [rare, , bytes, cycles, , , , constant] = realisticStream("s", 8).columns.map((_, i) => i);
		let last = { ts: 0n, bytes: 0n, cycles: 0n, rows: 0 };
		for (const rows of [3000, 5000, 192]) {
			filler.publish(rows);
			for (let taken = reader.take(); taken; taken = reader.take()) {
				const { run } = taken;
				const column = (i: number): BigUint64Array => new BigUint64Array(reader.buffer, reader.cells(run, i), run.rows);
				const ts = reader.timestamps(run);
				for (let row = 0; row < run.rows; row++) {
					assert.ok(ts[row]! > last.ts - 20_000n && ts[row]! >= 1_735_689_600_000_000_000n);
					assert.ok(column(bytes!)[row]! >= last.bytes);
					assert.ok(last.cycles === 0n || column(cycles!)[row]! - last.cycles < 2_730_000n);
					assert.equal(column(constant!)[row], 42n);
					assert.ok(column(rare!)[row]! < 100n);
					last = { ts: ts[row]!, bytes: column(bytes!)[row]!, cycles: column(cycles!)[row]!, rows: last.rows + 1 };
				}
				reader.release();
			}
		}
		assert.equal(last.rows, 8192);
		assert.equal(reader.nextTick, 8192);
	} finally {
		umem.close();
	}
});
