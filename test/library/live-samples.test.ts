// SPDX-License-Identifier: Apache-2.0
/** sample(): what a subscriber gets is every tick, as a row or in a gap, whether it is quick, slow, or gone. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { CountersinkError } from "../../base/errors.js";
import { type Events, type Sample, type SampleEnd, type SampleOptions, sample } from "../../library/index.js";
import { syntheticCounters, valueAt } from "../support/synthetic.js";

interface Got {
	readonly values: readonly Sample[];
	readonly end: SampleEnd;
}

/** Everything until the end. @param take is called with each value while it is valid */
function all(events: Events, options: SampleOptions, take: (value: Sample) => void = () => {}): Promise<Got> {
	const values: Sample[] = [];
	let end: SampleEnd | undefined;
	return new Promise((resolve, reject) => {
		const onEnd = (told: SampleEnd): void => {
			end = told;
		};
		sample(events, { realtime: false, ...options, onEnd }).subscribe({
			next: (value) => {
				values.push(value);
				take(value);
			},
			error: reject,
			complete: () => resolve({ values, end: end! }),
		});
	});
}

const ticksOf = ({ batch }: Sample): number[] => [...(batch.getChild("tick")!.toArray() as BigUint64Array)].map(Number);

/** The law: per stream, rows and gaps lie side by side from tick 0 to the last that was scheduled, in the order
 *  of delivery. */
function judgeTicks({ values, end }: Got): void {
	for (const { stream, scheduled, rows, gapTicks } of end.streams) {
		assert.equal(scheduled, rows + gapTicks);
		let next = 0;
		let counted = 0;
		for (const value of values.filter((one) => one.stream === stream)) {
			const gaps = [...value.gaps];
			for (const tick of ticksOf(value)) {
				while (gaps[0] && gaps[0].first_tick < tick) {
					assert.equal(gaps[0].first_tick, next);
					next += gaps.shift()!.ticks;
				}
				assert.equal(tick, next++, `${stream}: the next tick`);
				counted++;
			}
			for (const gap of gaps) {
				assert.equal(gap.first_tick, next);
				next += gap.ticks;
			}
		}
		assert.equal(next, scheduled, `${stream}: every tick`);
		assert.equal(counted, rows);
	}
}

function judgeValues(values: readonly Sample[], names: readonly string[]): void {
	for (const counter of syntheticCounters(...names))
		for (const value of values) {
			const column = value.batch.getChild(`synthetic_${counter.instance}_${counter.name}`)!;
			for (const [i, tick] of ticksOf(value).entries()) assert.equal(column.get(i), valueAt(counter, tick));
		}
}

test("a subscriber gets every tick of every stream, and what it keeps stays as it was", async () => {
	const got = await all(["synthetic:0/{ramp,drop,walk}@2kHz", "net:lo/*@100Hz", "cpu:*/user@50Hz"], {
		duration: "700ms",
	});
	assert.deepEqual(
		got.end.streams.map(({ stream, scheduled }) => [stream, scheduled]),
		[
			["synthetic", 1400],
			["net", 70],
			["cpu", 35],
		],
	);
	assert.equal(got.end.ending, "complete");
	judgeTicks(got);
	judgeValues(
		got.values.filter(({ stream }) => stream === "synthetic"),
		["0/ramp", "0/drop", "0/walk"],
	);
	const [field] = got.values[0]!.batch.schema.fields.filter(({ name }) => name.endsWith("ramp"));
	assert.equal(field!.metadata.get("id"), "synthetic:0/ramp");
});

test("a lent batch has the same values, is empty when the next one comes, and never leads into other memory", async () => {
	const columns: BigUint64Array[] = [];
	let last: Sample | null = null;
	let lent = 0;
	const got = await all("synthetic:0/{ramp,drop}@20kHz", { duration: "600ms", borrow: true, depth: "2s" }, (value) => {
		judgeValues([value], ["0/ramp", "0/drop"]);
		if (last && last.batch.numRows > 0) assert.equal(last.batch.getChild("tick")!.get(0), undefined);
		columns.push(value.batch.getChild("tick")!.toArray() as BigUint64Array);
		lent += value.batch.numRows;
		last = value;
	});
	const [stream] = got.end.streams;
	assert.equal(lent, stream!.rows);
	assert.equal(stream!.scheduled, 12_000);
	for (const { batch } of got.values) if (batch.numRows > 0) assert.equal(batch.getChild("tick")!.get(0), undefined);
	/* The ring is gone, and zeros are in its place. */
	assert.ok(columns.every((column) => column.every((tick) => tick === 0n)));
});

/** Holds this thread up, and leaves the CPU to others. */
const block = (ms: number): unknown => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);

test("what a slow subscriber leaves in the ring too long is told as ring_full", async () => {
	const values: Sample[] = [];
	const isFull = ({ reason }: Sample["gaps"][number]): boolean => reason === "ring_full";
	/* The smallest ring has four blocks of 2,048 rows: 82 ms. */
	const end = await new Promise<SampleEnd>((onEnd, reject) => {
		const options = { depth: "1ms", force: true, realtime: false, duration: "1m", onEnd } as const;
		const subscription = sample("synthetic:0/ramp@100kHz", options).subscribe({
			next: (value) => {
				values.push(value);
				if (value.gaps.some(isFull)) subscription.unsubscribe();
				else block(200);
			},
			error: reject,
		});
	});
	judgeTicks({ values, end });
	judgeValues(values, ["0/ramp"]);
	const told = values.flatMap(({ gaps }) => gaps.filter(isFull)).reduce((sum, { ticks }) => sum + ticks, 0);
	assert.ok(told > 0);
	assert.equal(told, end.streams[0]!.gapTicksByReason.ring_full);
});

test("a source that gives no rows gives its gaps", async () => {
	const got = await all("synthetic:0/ramp?error=1:1@1kHz", { duration: "300ms", force: true });
	judgeTicks(got);
	assert.equal(got.end.streams[0]!.gapTicks, 300);
	assert.ok(got.values.every(({ batch }) => batch.numRows === 0));
});

test("unsubscribing ends the sampler, and accounts for what was delivered", async () => {
	const values: Sample[] = [];
	const end = await new Promise<SampleEnd>((onEnd) => {
		const subscription = sample("synthetic:0/ramp@1kHz", { onEnd, realtime: false }).subscribe((value) => {
			values.push(value);
			if (values.length === 3) subscription.unsubscribe();
		});
	});
	assert.equal(values.length, 3);
	assert.equal(end.ending, "interrupted");
	judgeTicks({ values, end });
});

test("who unsubscribes before the start gets nothing, not even an error", async () => {
	let called = 0;
	const count = (): void => {
		called++;
	};
	for (const wait_ms of [0, 5, 20, 60]) {
		const subscription = sample("synthetic:0/ramp@10Hz", { realtime: false }).subscribe({
			error: count,
			complete: count,
		});
		await sleep(wait_ms);
		subscription.unsubscribe();
	}
	await sleep(500);
	assert.equal(called, 0);
});

test("each subscription samples for itself", async () => {
	const ends: SampleEnd[] = [];
	const stream = sample("synthetic:0/ramp@1kHz", {
		duration: "300ms",
		realtime: false,
		onEnd: (end) => ends.push(end),
	});
	const complete = (): Promise<void> =>
		new Promise((resolve, reject) => stream.subscribe({ complete: resolve, error: reject }));
	await Promise.all([complete(), complete()]);
	assert.deepEqual(
		ends.map(({ streams }) => streams[0]!.scheduled),
		[300, 300],
	);
});

test("errors come to the subscriber, typed", async () => {
	const failures: readonly (readonly [Events, SampleOptions, string, RegExp])[] = [
		["nonesuch:*", {}, "usage", /there is no source 'nonesuch'/],
		["net:nonesuch/*", {}, "usage", /matches no counter/],
		["vm:*@1MHz", {}, "usage", /vm cannot be read at 1 MHz/],
	];
	for (const [events, options, code, message] of failures)
		await assert.rejects(all(events, options), (error) => {
			assert.ok(error instanceof CountersinkError);
			assert.equal(error.code, code);
			assert.match(error.message, message);
			return true;
		});
});
