// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { nanoseconds } from "../../base/units.js";
import type { Source } from "../../kernel/source.js";
import { synthetic } from "../../kernel/synthetic/index.js";
import { bucketMiddle, histogramKinds, readDistribution } from "../../sampler/histogram.js";
import { layout } from "../../sampler/layout.gen.js";
import { session } from "../support/sampler-session.js";
import { syntheticCounters } from "../support/synthetic.js";

/** Half a bucket of 128 in an octave. */
const BOUND = 1 / 256;
const SHARED = 2 ** 51;

const middles = Array.from({ length: layout.HISTOGRAM_BUCKETS }, (_, i) => bucketMiddle(i));

/** The bucket whose middle is nearest; found by search, not by bits. */
function bucketOf(ns: number): number {
	let low = 0;
	let high = middles.length - 1;
	while (low < high) {
		const bucket = (low + high) >> 1;
		if (ns < (middles[bucket]! + middles[bucket + 1]!) / 2) high = bucket;
		else low = bucket + 1;
	}
	return low;
}

function ringWith(values: readonly number[], kind: number): ArrayBuffer {
	const ring = new ArrayBuffer(layout.RING_GAPS);
	const words = new BigUint64Array(ring, layout.RING_HISTOGRAMS + kind * layout.HISTOGRAM_BYTES);
	for (const ns of values) {
		words[0]! += 1n;
		words[1]! += BigInt(ns);
		if (BigInt(ns) > words[2]!) words[2] = BigInt(ns);
		words[3 + bucketOf(ns)]! += 1n;
	}
	return ring;
}

/** The value that q of all values do not exceed. */
const exact = (sorted: readonly number[], q: number): number => sorted[Math.ceil(q * sorted.length) - 1]!;

const within = (got: number, truth: number, what: string): void =>
	assert.ok(Math.abs(got - truth) <= truth * BOUND, `${what} is ${got}, exactly ${truth}`);

test("buckets ascend, the small ones exactly, the others within their bound", () => {
	for (let i = 1; i < middles.length; i++) assert.ok(middles[i]! > middles[i - 1]!, `bucket ${i}`);
	for (let ns = 0; ns < layout.HISTOGRAM_SUB; ns++) assert.equal(bucketMiddle(ns), ns);
	for (let i = layout.HISTOGRAM_SUB; i < middles.length - 1; i++)
		assert.ok((middles[i + 1]! - middles[i]!) / 2 <= middles[i]! * BOUND + 0.5, `bucket ${i} is too wide`);
	assert.ok(middles.at(-1)! < SHARED && middles.at(-1)! > SHARED * 0.99);
});

test("quantiles are within 0.4 % of the exact ones", () => {
	const span = fc.oneof(
		fc.integer({ min: 0, max: 300 }),
		fc.integer({ min: 0, max: 2 ** 31 - 1 }),
		fc.nat(2 ** 30).map((n) => n * 2 ** 20),
	);
	fc.assert(
		fc.property(fc.array(span, { minLength: 1, maxLength: 300 }), fc.nat(2), (values, kind) => {
			const distribution = readDistribution(ringWith(values, kind), histogramKinds[kind]!);
			const sorted = values.toSorted((a, b) => a - b);
			assert.equal(distribution.count, values.length);
			assert.equal(distribution.max_ns, sorted.at(-1));
			assert.ok(Math.abs(distribution.mean_ns * values.length - values.reduce((a, b) => a + b, 0)) < 1e3);
			within(distribution.p50_ns, exact(sorted, 0.5), "p50");
			within(distribution.p90_ns, exact(sorted, 0.9), "p90");
			within(distribution.p99_ns, exact(sorted, 0.99), "p99");
			within(distribution.p999_ns, exact(sorted, 0.999), "p99.9");
		}),
	);
});

test("an empty histogram is all zeros", () => {
	assert.deepEqual(readDistribution(ringWith([], 0), "lateness"), {
		count: 0,
		mean_ns: 0,
		p50_ns: 0,
		p90_ns: 0,
		p99_ns: 0,
		p999_ns: 0,
		max_ns: 0,
	});
});

test("the sampler's histograms say what its rows say", async () => {
	const stream = {
		source: synthetic as unknown as Source<never>,
		counters: syntheticCounters("0/ramp"),
		period: nanoseconds(100_000),
		options: new Map([["slow", "50:1ms"]]),
	};
	await session([stream], { duration: nanoseconds(200e6) }, async ({ sampler, readers }) => {
		await sampler.exited;
		const reader = readers[0]!;
		const windows: number[] = [];
		const begins: bigint[] = [];
		for (let taken = reader.take(); taken; taken = reader.take()) {
			windows.push(...reader.readTimes(taken.run));
			begins.push(...reader.timestamps(taken.run));
			reader.release();
		}
		const periods = begins.slice(1).map((ts, i) => Number(ts - begins[i]!));
		for (const [kind, values] of [
			["read", windows],
			["period", periods],
		] as const) {
			const distribution = readDistribution(reader.buffer, kind);
			const sorted = values.toSorted((a, b) => a - b);
			assert.equal(distribution.count, values.length, kind);
			assert.equal(distribution.max_ns, sorted.at(-1), kind);
			for (const [q, ns] of [
				[0.5, distribution.p50_ns],
				[0.99, distribution.p99_ns],
			] as const)
				within(ns, exact(sorted, q), `${kind} p${q * 100}`);
		}
	});
});
