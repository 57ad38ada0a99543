// SPDX-License-Identifier: Apache-2.0
/** Several sinks at once: each gets everything, or is told what it was not given. None costs the recording a tick. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { RecordBatchReader } from "apache-arrow";
import { Side } from "../../record/side.js";
import type { Sink } from "../../record/sink.js";
import type { Batch } from "../../sampler/batch.js";
import type { Gap } from "../../sampler/ring.js";
import { countersink, shell } from "../support/countersink.js";
import { scratch } from "../support/folder.js";
import { judgeFile } from "../support/judge.js";

const file = scratch();

function told(path: string) {
	const batches = [...RecordBatchReader.from(readFileSync(path))];
	const of = (key: string): unknown[] =>
		batches.flatMap(({ metadata }) => (metadata.has(key) ? [JSON.parse(metadata.get(key)!)] : []));
	return {
		ticks: batches.flatMap((batch) => [...(batch.getChild("tick")!.toArray() as BigUint64Array)].map(Number)),
		gaps: of("gaps").flat() as [first: number, ticks: number, reason: string, at: string][],
		end: of("stream_end")[0] as Record<string, number>,
	};
}

/** Every tick once, as a row or in a gap. */
function assertWhole({ ticks, gaps, end }: ReturnType<typeof told>): void {
	const pieces = [...ticks.map((tick) => [tick, 1] as const), ...gaps.map(([first, n]) => [first, n] as const)];
	let next = 0;
	for (const [first, n] of pieces.filter(([, n]) => n > 0).sort((a, b) => a[0] - b[0])) {
		assert.equal(first, next);
		next += n;
	}
	assert.equal(next, end.ticks_scheduled);
	assert.equal(ticks.length, end.rows_stored);
}

test("a file and a pipe get the same rows", async () => {
	const { stderr } = await shell(
		`$CS record -e 'synthetic:0/*@2kHz' -d 1s -o ${file("both.duckdb")} -o - > ${file("both.arrows")}`,
	);
	assert.match(stderr, /both\.duckdb: .*complete/);
	const { streams } = await judgeFile(file("both.duckdb"));
	const stream = told(file("both.arrows"));
	assertWhole(stream);
	assert.equal(stream.ticks.length, streams.synthetic!.rows);
});

test("a reader of the pipe that goes away, or sleeps, leaves the file whole", async () => {
	for (const [name, reader] of [
		["gone", "head -c 100 > /dev/null"],
		["asleep", "(sleep 2; cat > /dev/null)"],
	]) {
		const path = file(`${name}.duckdb`);
		const { code } = await shell(
			`set -o pipefail; $CS record -e 'synthetic:0/*@5kHz' -d 1s -o ${path} -o - | ${reader}`,
		);
		assert.equal(code, 0, name);
		assert.equal((await judgeFile(path)).ended, "complete");
	}
});

test("one file and one pipe, no more", async () => {
	for (const outputs of [
		["a", "b"],
		["-", "-"],
		["a", "-", "-"],
	]) {
		const words = outputs.flatMap((output) => ["-o", output === "-" ? "-" : file(output)]);
		const { code, stderr } = await countersink(["record", "-e", "synthetic:0/ramp", "-d", "100ms", ...words]);
		assert.deepEqual(
			[code, stderr],
			[2, "countersink: -o names one file, and may be given once more as - for a pipe\n"],
		);
	}
});

const batch = (first: number, rows: number, gaps: readonly Gap[] = []): Batch => {
	const values = BigUint64Array.from({ length: rows }, (_, i) => BigInt(first + i));
	const column = (nulls: number) => ({ values, nulls, validity: null, skip: 0 });
	const ts = { ...column(0), values: BigInt64Array.from(values, (n) => BigInt(n)) };
	return { rows, gaps, columns: [ts, column(0), column(0), column(1)] } as unknown as Batch;
};

/** Takes nothing before it is let go. */
class Stuck {
	readonly name = "stuck";
	readonly seen: [number, number, string][] = [];
	release: () => void = () => {};
	readonly #gone = new Promise<void>((resolve) => {
		this.release = resolve;
	});
	rows(_stream: number, { rows, columns, gaps }: Batch): Promise<void> {
		this.gaps(0, gaps);
		this.seen.push([Number((columns[1]!.values as BigUint64Array)[0]), rows, "row"]);
		return this.#gone;
	}
	gaps(_stream: number, gaps: readonly Gap[]): void {
		for (const { first_tick, ticks, reason } of gaps) this.seen.push([first_tick, ticks, reason]);
	}
	async finish(): Promise<void> {}
}

test("what a full sink is not given it is told of, in order, and counted", async () => {
	const stuck = new Stuck();
	const side = new Side(stuck as unknown as Sink, 8 * 4 * 10);
	const late: Gap = { first_tick: 27, ticks: 3, reason: "late", at_ns: 0n };
	side.rows(0, batch(0, 10));
	side.rows(0, batch(10, 5));
	side.rows(0, batch(15, 5));
	side.gaps(0, [{ first_tick: 20, ticks: 2, reason: "late", at_ns: 0n }]);
	side.rows(0, {
		...batch(22, 5),
		columns: [batch(22, 5).columns[0]!, batch(22, 5).columns[1]!, ...batch(22, 5).columns.slice(2)],
	});
	side.gaps(0, [late]);
	stuck.release();
	await new Promise((resolve) => setTimeout(resolve, 10));
	side.rows(0, batch(30, 10));
	assert.deepEqual(stuck.seen, [
		[0, 10, "row"],
		[10, 10, "sink_full"],
		[20, 2, "late"],
		[22, 5, "sink_full"],
		[27, 3, "late"],
		[30, 10, "row"],
	]);
	assert.deepEqual(side.summary, { name: "stuck", droppedRows: 15, failure: null });
});

test("a sink that fails is given nothing more, and the reason is kept", async () => {
	let calls = 0;
	const broken = {
		name: "broken",
		rows: () => {
			calls++;
			throw new Error("no room");
		},
		finish: async () => {
			calls++;
		},
	};
	const side = new Side(broken as unknown as Sink);
	side.rows(0, batch(0, 4));
	side.rows(0, batch(4, 4));
	await side.finish({} as never, 0n, [], 0);
	assert.deepEqual([calls, side.summary], [1, { name: "broken", droppedRows: 4, failure: "no room" }]);
});
