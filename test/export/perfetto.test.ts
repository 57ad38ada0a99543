// SPDX-License-Identifier: Apache-2.0
/** Perfetto traces, read back by a decoder of the published schema (support/perfetto-trace.ts). */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import fc from "fast-check";
import { packageFile } from "../../base/paths.js";
import { type PerfettoOptions, perfetto } from "../../export/perfetto.js";
import { countersink } from "../support/cli.js";
import { bytesOf, column, inputOf, streamOf, type Table } from "../support/export-input.js";
import { scratch } from "../support/folder.js";
import { withFile } from "../support/judge.js";
import { packetsOf, type Read, readTrace, type Sample } from "../support/perfetto-trace.js";

const file = scratch();

type Cell = bigint | number | null;

const T0 = 1700000000000001000n;

async function traceOf(...given: Parameters<typeof inputOf>): Promise<Read> {
	return readTrace(await bytesOf(perfetto(inputOf(...given))));
}

/** Integers from 2^63 on become the nearest double. */
const written = (value: bigint | number): bigint | number =>
	typeof value === "bigint" && value >= 1n << 63n ? Number(value) : value;

const expected = (ts: readonly bigint[], values: readonly Cell[]): Sample[] =>
	values.flatMap((value, i) => (value === null ? [] : [{ ts: ts[i]!, value: written(value) }]));

/* Values around every edge: zero, the sizes of a varint, halves, the ends of what doubles and int64 hold. */
const edges = [0n, 0n, 0n, 1n, 127n, 128n, 1n << 14n, 1n << 31n, 1n << 32n, 1n << 53n, 1n << 63n, (1n << 64n) - 1n];
const near = (edge: bigint, by: number): bigint => BigInt.asUintN(64, edge + BigInt(by));
const unsigned = fc.oneof(
	{ weight: 4, arbitrary: fc.constantFrom(0n, 1n, 5n, 300n) },
	fc.tuple(fc.constantFrom(...edges), fc.integer({ min: -3, max: 3 })).map(([edge, by]) => near(edge, by)),
	fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }),
);
const cells: Record<string, fc.Arbitrary<bigint | number>> = {
	u64: unsigned,
	i64: unsigned.map((value) => BigInt.asIntN(64, value)),
	f64: fc.double(),
};

/** Values that mostly stay or grow, as counters do, or are drawn anew for every row. */
const drawn = (type: string): fc.Arbitrary<Cell[]> =>
	fc.oneof(
		fc.array(fc.option(cells[type]!, { freq: 5 }), { minLength: ROWS, maxLength: ROWS }),
		fc
			.tuple(cells[type]!, fc.integer({ min: 0, max: ROWS }))
			.map(([value, from]) =>
				Array.from({ length: ROWS }, (_, row) => (row < from ? (type === "f64" ? 0 : 0n) : value)),
			),
	);
const ROWS = 40;

const kind = fc.record({
	type: fc.constantFrom("u64" as const, "i64" as const, "f64" as const),
	semantics: fc.constantFrom("counter" as const, "gauge" as const),
});
const tableColumn = kind.chain((of) => drawn(of.type).map((values) => ({ of, values })));
const table = fc
	.tuple(
		fc.array(tableColumn, { minLength: 1, maxLength: 24 }),
		fc.array(fc.bigInt({ min: 1n, max: 1n << 40n }), { minLength: ROWS, maxLength: ROWS }),
	)
	.map(([columns, steps]): Table => {
		let now = T0;
		const described = columns.map(({ of }, i) =>
			column({ ...of, instance: `i${i % 3}`, counter: `c${i}`, name: `c${i}` }),
		);
		return {
			stream: streamOf("s", described, ROWS),
			ts: steps.map((step) => {
				now += step;
				return now;
			}),
			values: columns.map(({ values }) => values),
		};
	});

test("the trace holds every value and every time to the last bit, whatever the values are", async () => {
	await fc.assert(
		fc.asyncProperty(table, fc.integer({ min: 1, max: ROWS }), async (one, batch) => {
			const trace = await traceOf([one], {}, batch);
			one.stream.columns.forEach(({ instance, counter }, i) => {
				assert.deepEqual(trace.samples(`s > ${instance} > ${counter}`), expected(one.ts, one.values[i]!), counter);
			});
		}),
		{ numRuns: 300 },
	);
});

test("there may be more tables, sequences and blocks than fit into a byte", async () => {
	const rows = 3000;
	const ts = Array.from({ length: rows }, (_, i) => T0 + BigInt(i) * 1_000_003n);
	const tables = ["a", "b"].map((name, t): Table => {
		const columns = Array.from({ length: 9 * 70 }, (_, i) => column({ instance: `${i >> 4}`, counter: `c${i}` }));
		const values = columns.map((_, i) => ts.map((_, row) => BigInt(row * (i % 5) + (i % 7 === 0 ? 0 : t * 1000))));
		return { stream: streamOf(name, columns, rows), ts, values };
	});
	const trace = await traceOf(tables, {}, 2048);
	for (const { stream, values } of tables)
		for (const i of [0, 1, 7, 9, 300, 629]) {
			const { instance, counter } = stream.columns[i]!;
			assert.deepEqual(trace.samples(`${stream.name} > ${instance} > ${counter}`), expected(ts, values[i]!), counter);
		}
});

const twoColumns = [
	column({ counter: "rx", unit: "bytes", help: "Received." }),
	column({ counter: "drops", instance: "", unit: "packets", semantics: "gauge" }),
];
const tiny: Table = {
	stream: streamOf("net", twoColumns, 4),
	ts: [T0, T0 + 1_000_000n, T0 + 2_000_001n, T0 + 5_000_000n],
	values: [
		[1000n, 1500n, 1500n, 2n],
		[0n, 7n, null, 3n],
	],
};
const gap = {
	noticed_at_ns: T0,
	stream: "net",
	first_tick: 3n,
	ticks: 2n,
	reason: "late",
	begin_ns: T0 + 2_000_001n,
	end_ns: T0 + 5_000_000n,
};
const marks = [
	{ ts: T0 + 10n, name: "command_start", detail: "make -j8" },
	{ ts: T0 + 1_000_000n, name: "before the flood", detail: null },
	{ ts: T0 + 4_000_000n, name: "command_end", detail: "exit status 0" },
];
const about = { kernel: "6.1.0", countersink_version: "0.1.0", cpus: "2", host: "lab" };

test("gaps are slices on a track of their stream, the command and marks on one of the recording", async () => {
	const trace = await traceOf([tiny], { gaps: [gap], marks, recording: about });
	assert.deepEqual(trace.slices("net > data loss"), [
		{ name: "late", begin: gap.begin_ns, end: gap.end_ns, args: { ticks: "2", first_tick: "3" } },
	]);
	assert.deepEqual(trace.slices("recording"), [
		{ name: "make -j8", begin: T0 + 10n, end: T0 + 4_000_000n, args: { detail: "exit status 0" } },
		{ name: "before the flood", begin: T0 + 1_000_000n, end: T0 + 1_000_000n, args: {} },
	]);
	assert.equal(trace.attributes.get("host"), "lab");
});

test("tracks form a tree by stream and instance, with units and help", async () => {
	const { tracks } = await traceOf([tiny]);
	assert.deepEqual(
		tracks.map(({ path, unit, description }) => [path, unit, description]),
		[
			["recording", undefined, "The wrapped command and the marks of the recording."],
			["net", undefined, "Source net at 1 kHz."],
			["net > data loss", undefined, "Ticks that were not stored."],
			["net > a", undefined, undefined],
			["net > a > rx", "bytes", "Received."],
			["net > drops", "packets", undefined],
		],
	);
});

test("a tiny trace has the expected packets", async () => {
	const bytes = await bytesOf(perfetto(inputOf([tiny], { gaps: [gap], marks, recording: about })));
	const text = packetsOf(bytes).map((packet) => JSON.stringify(packet));
	assert.deepEqual(text, readFileSync(packageFile("test/fixtures/tiny.pftrace.ndjson"), "utf8").trimEnd().split("\n"));
});

/** Counters of a busy machine: a third stays at 0, a third counts packets, a third bytes; one gauge has a few
 *  digits. */
function busy(rows: number): Table {
	const columns = Array.from({ length: 36 }, (_, i) =>
		column({ instance: `${i % 4}`, counter: `c${i}`, semantics: i === 35 ? "gauge" : "counter" }),
	);
	let seed = 1;
	const random = (below: number): number => {
		seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
		return Math.floor((seed / 2 ** 32) * below);
	};
	const steps = [() => 0, () => random(100), () => random(100_000)];
	const values = columns.map((_, i) => {
		let total = i % 3 === 0 ? 0 : 1e12;
		return Array.from({ length: rows }, () => {
			total = i === 35 ? random(500) : total + steps[i % 3]!();
			return BigInt(total);
		});
	});
	const ts = Array.from({ length: rows }, (_, row) => T0 + BigInt(row * 1_000_000 + random(4000)));
	return { stream: streamOf("s", columns, rows), ts, values };
}

const sizes: readonly (readonly [PerfettoOptions, number])[] = [
	[{ compress: true }, 3],
	[{ compress: false }, 5],
];
for (const [options, atMost] of sizes)
	test(`${options.compress ? "deflated" : "plain"}, a value takes less than ${atMost} bytes`, async () => {
		const one = busy(2000);
		const bytes = await bytesOf(perfetto(inputOf([one], {}, 2000), options));
		const each = bytes.length / (one.stream.columns.length * one.ts.length);
		assert.ok(each < atMost, `${each} bytes a value`);
	});

test("a Perfetto trace holds the recording to the last bit", async () => {
	const [recording, path] = [file("a.duckdb"), file("a.pftrace")];
	const events = ["-e", "synthetic:{0,3}/*?error=50:10@1kHz", "-e", "softirq:*@1kHz"];
	const recorded = countersink(["record", ...events, "--force", "-o", recording, "--", "sleep", "0.5"]);
	assert.equal(recorded.status, 0, recorded.stderr);
	const exported = countersink(["export", recording, "-o", path]);
	assert.equal(exported.status, 0, exported.stderr);
	const trace = readTrace(readFileSync(path));
	await withFile(recording, async (database) => {
		for (const { id, stream, instance, name } of await database.rows("FROM counters")) {
			const rows = await database.rows(
				`SELECT epoch_ns(ts) AS ts, value FROM ${stream}_long WHERE id = '${id}' ORDER BY ts`,
			);
			assert.ok(rows.length > 100, `${id}: ${rows.length} rows`);
			assert.deepEqual(
				trace.samples(`${stream} > ${instance} > ${name}`),
				rows.map(({ ts, value }) => ({ ts, value: BigInt(String(value)) })),
				String(id),
			);
		}
		const gaps = await database.rows(
			"SELECT reason, ticks::VARCHAR AS ticks, first_tick::VARCHAR AS first_tick FROM gaps WHERE stream = 'synthetic'",
		);
		const lost = trace.slices("synthetic > data loss").map(({ name, args }) => ({ reason: name, ...args }));
		assert.deepEqual(lost, gaps);
		assert.ok(lost.length > 5);
		const [command, ...rest] = trace.slices("recording");
		assert.deepEqual(rest, []);
		assert.equal(command!.name, "sleep 0.5");
		assert.ok(Number(command!.end! - command!.begin) >= 0.5e9);
	});
});
