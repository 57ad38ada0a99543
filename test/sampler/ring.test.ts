// SPDX-License-Identifier: Apache-2.0
/** The real sampler with the synthetic source: what arrives through the ring is what its ticks say, and nothing is
 *  missing. */
import assert from "node:assert/strict";
import { cpus } from "node:os";
import { test } from "node:test";
import { nanoseconds } from "../../base/units.js";
import type { Source } from "../../kernel/source.js";
import { synthetic } from "../../kernel/synthetic/index.js";
import type { Lanes } from "../../sampler/lanes.js";
import { word } from "../../sampler/layout.gen.js";
import type { Gap } from "../../sampler/ring.js";
import { type Sampled, sample } from "../support/sample.js";
import { pause, session } from "../support/sampler-session.js";
import { type SyntheticCounter, syntheticCounters, valueAt } from "../support/synthetic.js";

const kinds = ["ramp", "walk", "wrap32", "wrap48", "reset", "constant", "stall", "drop"];
const source = synthetic as unknown as Source<never>;
const ms = (n: number) => nanoseconds(n * 1e6);

const gapTicks = (gaps: readonly Gap[]): number => gaps.reduce((sum, gap) => sum + gap.ticks, 0);

/** Every tick from 0 is exactly one row or in exactly one gap. */
function assertIdentity(result: Sampled): void {
	assert.equal(result.tick.length + gapTicks(result.gaps), result.scheduled);
	assert.equal(result.accounted, result.scheduled);
	const starts = new Map(result.gaps.map((gap) => [gap.first_tick, gap.ticks]));
	let next = 0;
	const skip = () => {
		for (let ticks = starts.get(next); ticks; ticks = starts.get(next)) next += ticks;
	};
	for (const tick of result.tick) {
		skip();
		assert.equal(Number(tick), next++);
	}
	skip();
	assert.equal(next, result.scheduled);
}

function assertValues(result: Sampled, counters: readonly SyntheticCounter[]): void {
	counters.forEach((counter, column) => {
		const expected = result.tick.map((tick) => valueAt(counter, Number(tick)));
		assert.deepEqual(result.columns[column], expected, `${counter.instance}/${counter.name}`);
	});
}

test("every cell is what its tick says, across blocks", async () => {
	const counters = syntheticCounters(...kinds.map((kind) => `0/${kind}`), ...kinds.map((kind) => `15/${kind}`));
	const result = await sample(synthetic, counters, { period: nanoseconds(40_000), duration: ms(400) });
	assert.equal(result.scheduled, 10_000);
	assertIdentity(result);
	assert.ok(result.tick.length > 2048, `${result.tick.length} rows: no block was crossed`);
	assertValues(result, counters);
	result.ts.reduce((before, ts) => {
		assert.ok(ts > before, "time runs forwards");
		return ts;
	});
});

test("one column and the widest streams arrive alike", async () => {
	const one = syntheticCounters("3/walk");
	const all = synthetic.list();
	for (const counters of [one, all]) {
		const result = await sample(synthetic, counters, { period: nanoseconds(200_000), duration: ms(100) });
		assertIdentity(result);
		assertValues(result, counters);
	}
});

test("a full ring is counted, and sampling goes on when there is room again", async () => {
	const counters = syntheticCounters("0/ramp", "1/drop");
	let looks = 0;
	const result = await sample(synthetic, counters, {
		period: nanoseconds(30_000),
		duration: ms(2500),
		depth: nanoseconds(1),
		// The smallest ring holds 246 ms of this, and more where many ticks are late.
		meanwhile: () => (++looks === 2 ? pause(1500) : undefined),
	});
	assertIdentity(result);
	assertValues(result, counters);
	const full = result.gaps.filter((gap) => gap.reason === "ring_full");
	assert.ok(gapTicks(full) > 0, "the ring was never full");
	const end = full.at(-1)!.first_tick + full.at(-1)!.ticks;
	assert.ok(Number(result.tick.at(-1)) > end, "no row after the ring was full");
});

test("injected errors are gaps with their reason, and only those ticks are missing for it", async () => {
	const counters = syntheticCounters("0/ramp", "2/drop");
	const options = new Map([["error", "20:3"]]);
	const result = await sample(synthetic, counters, { period: nanoseconds(100_000), duration: ms(100), options });
	assertIdentity(result);
	assertValues(result, counters);
	assert.ok(result.gaps.some((gap) => gap.reason === "source_error"));
	for (const tick of result.tick) assert.ok(Number(tick) % 20 < 17, `tick ${tick} fails by plan and is a row`);
	for (const gap of result.gaps.filter((gap) => gap.reason === "source_error"))
		for (let tick = gap.first_tick; tick < gap.first_tick + gap.ticks; tick++)
			assert.ok(tick % 20 >= 17, `tick ${tick} did not fail`);
});

test("ticks that a slow read cost are late, and are not caught up", async () => {
	const counters = syntheticCounters("0/ramp", "0/walk");
	const options = new Map([["slow", "50:5ms"]]);
	const result = await sample(synthetic, counters, { period: ms(1), duration: ms(300), options });
	assertIdentity(result);
	assertValues(result, counters);
	const slow = result.tick.findIndex((tick) => Number(tick) % 50 === 49);
	assert.ok(slow >= 0, "no slow read was a row");
	assert.ok(result.readNs[slow]! >= 5e6, "the window of a slow read is as long as the read");
	const after = result.gaps.find((gap) => gap.first_tick === Number(result.tick[slow]) + 1);
	assert.equal(after?.reason, "late");
	assert.ok(after.ticks >= 4, `5 ms cost ${after.ticks} ticks of 1 ms`);
});

test("a schedule without end stops when told to, with every tick accounted for", async () => {
	const streams = [
		{ source, counters: syntheticCounters("0/ramp"), period: nanoseconds(100_000) },
		{ source, counters: syntheticCounters("1/walk", "1/drop"), period: ms(1) },
		{ source, counters: syntheticCounters("2/ramp"), period: nanoseconds(10e9) },
	];
	const lanes: Lanes[] = [[[0, 1, 2]], [[0], [2, 1]], [[0], [1], [2]]];
	for (const [wait, of] of (["sleep", "hybrid", "spin"] as const).flatMap((wait) =>
		lanes.map((of) => [wait, of] as const),
	))
		await session(streams, { wait, lanes: of, duration: null, realtime: wait !== "spin" }, async (running) => {
			const { sampler, readers, scheduled } = running;
			await pause(50);
			assert.deepEqual(await sampler.stop(), { code: 0, signal: null, message: "" });
			readers.forEach((reader, i) => {
				for (let taken = reader.take(); taken; taken = reader.take()) reader.release();
				reader.takeTrailingGaps();
				assert.equal(reader.nextTick, scheduled(i), `${wait}, ${of.length} lanes, stream ${i}`);
				assert.equal(reader.rowsTaken + reader.gapTicks, scheduled(i));
			});
			assert.equal(scheduled(2), 1);
		});
});

/** RING_MAX_UNPUBLISHED of sampler/native/ring.h. */
const MAX_UNPUBLISHED = 15;

test("what a killed sampler had published is whole, and it takes a few rows with it", async () => {
	const counters = [...syntheticCounters("0/ramp", "1/walk"), ...synthetic.list().slice(0, 40)];
	for (const [wait, period] of [["hybrid", 50_000] as const, ["spin", 2000] as const])
		await session([{ source, counters, period: nanoseconds(period) }], { wait, duration: null }, async (running) => {
			await pause(60);
			process.kill(running.sampler.pid, "SIGKILL");
			assert.equal((await running.sampler.exited).signal, "SIGKILL");
			const reader = running.readers[0]!;
			let rows = 0;
			for (let taken = reader.take(); taken; taken = reader.take()) {
				const ticks = reader.ticks(taken.run);
				const cells = new BigUint64Array(reader.buffer, reader.cells(taken.run, 1), taken.run.rows);
				ticks.forEach((tick, i) => {
					assert.equal(cells[i], valueAt(counters[1]!, Number(tick)));
				});
				rows += taken.run.rows;
				reader.release();
			}
			reader.takeTrailingGaps();
			assert.ok(rows > 0);
			assert.equal(rows + reader.gapTicks, reader.nextTick);
			/* A machine that is busy enough for a full ring has a gap that is not published either. */
			const missed = reader.word(word.ring_missed_late) + reader.word(word.ring_missed_ring_full);
			const kept = reader.word(word.ring_next_tick) - missed - rows;
			assert.ok(kept <= MAX_UNPUBLISHED, `${kept} rows had not been published`);
		});
});

test("columns of readers on other CPUs are right or null", {
	skip: cpus().length < 2 && "needs two CPUs",
}, async () => {
	const counters = syntheticCounters("0/ramp", "1/ramp", "2/ramp", "3/ramp");
	const spread: typeof synthetic = {
		...synthetic,
		plan: (all) =>
			[-1, 0, 1].map((cpu) => ({
				reader: "synthetic",
				cpu,
				lines: all.flatMap(({ at }, column) => ((column % 3) - 1 === cpu ? [["value", at.kind, at.seed, column]] : [])),
			})),
	};
	for (const period of [200_000, 10_000_000]) {
		const result = await sample(spread, counters, { period: nanoseconds(period), duration: ms(200) });
		assertIdentity(result);
		counters.forEach((counter, column) => {
			result.columns[column]!.forEach((value, row) => {
				if (value === null) assert.notEqual(column % 3, 0, "the lane's own columns are never null");
				else assert.equal(value, valueAt(counter, Number(result.tick[row])));
			});
			assert.ok(
				result.columns[column]!.some((value) => value !== null),
				`column ${column} is always null`,
			);
		});
	}
});
