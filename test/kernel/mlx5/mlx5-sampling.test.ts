// SPDX-License-Identifier: Apache-2.0
/** Which periods and rings a card takes, and how often its ring must be emptied: tables. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Capabilities } from "../../../kernel/mlx5/card/card-capabilities.js";
import { checkWish, parametersFor, parseWish } from "../../../kernel/mlx5/diagnostics/request.js";
import { chooseLogPeriod, chooseLogSamples, planRing, SAFETY } from "../../../kernel/mlx5/diagnostics/sampling.js";

const card: Capabilities = {
	frequency_khz: 1_000_000,
	logMaxSamples: 14,
	logMinPeriod: 0,
	single: true,
	repetitive: true,
	tracerDump: false,
	counters: [
		{ id: 0x401, sync: true },
		{ id: 0x1c02, sync: false },
	],
};

const periods: readonly (readonly [asked_ns: number, khz: number, log: number])[] = [
	[1_000, 1_000_000, 10],
	[1_024, 1_000_000, 10],
	[975, 1_000_000, 9],
	[10_000, 1_000_000, 13],
	[100_000, 1_000_000, 16],
	[1_000_000, 1_000_000, 20],
	[10_000, 156_250, 10],
	[2_000_000_000, 1_000_000, 30],
];

test("a period is the longest power of two of clocks that is not above the asked one, within 5 %", () => {
	for (const [asked, frequency_khz, log] of periods)
		assert.equal(chooseLogPeriod(asked, { ...card, frequency_khz }), log, `${asked} ns at ${frequency_khz} kHz`);
});

test("a period beyond the device's is refused with its own", () => {
	assert.throws(
		() => chooseLogPeriod(1_000, { ...card, logMinPeriod: 12 }),
		/shortest, 4\.096 us \(2\^12 clocks at 1,000,000 kHz\)/,
	);
	assert.throws(() => chooseLogPeriod(10e9, card), /time stamps wrap every 4\.295 s; ask for at most 2\.147 s/);
});

test("the ring is shared by the counters", () => {
	const cases = [
		[1, 14],
		[2, 13],
		[13, 10],
		[16, 10],
		[17, 9],
		[18, 9],
		[175, 6],
		[16_384, 0],
	];
	for (const [counters, log] of cases) assert.equal(chooseLogSamples(counters!, card), log, `${counters} counters`);
	assert.throws(
		() => chooseLogSamples(16_385, card),
		/16,385 counters are more than the device's ring of 16,384 values/,
	);
});

const ringOf = (counters: number, logPeriod: number, maxBytes = 2 << 20) =>
	planRing({ counters, logSamples: chooseLogSamples(counters, card), logPeriod, maxBytes, mode: "repetitive" }, card);

test("drain periods", () => {
	/* 18 counters at 8.192 us: 512 samples are 4.194 ms, a third of that is 1.398 ms. */
	const ring = ringOf(18, 13);
	assert.deepEqual([ring.period_ns, ring.drain_ns, ring.samplesPerCommand], [8192, 1_398_101, 512]);
	/* One counter at 1.024 us through mlx5ctl: its 256 KiB hold one sample less than the ring. */
	assert.equal(ringOf(1, 10, 512 * 512).samplesPerCommand, 16_383);
	/* Slow: rows come ten times a second, unless there are not so many. */
	assert.equal(ringOf(1, 20).drain_ns, 100e6);
	assert.equal(ringOf(1, 30).drain_ns, 2 ** 30);
});

test("13 counters at 1 us overrun the ring in 1 ms, and the arithmetic is shown", () => {
	assert.throws(
		() => ringOf(13, 10),
		/13 counters leave room for 2\^10 = 1,024 samples, at 1\.024 us that is 1\.049 ms; .* every 349\.5 us, .* 64 us, no drain period keeps up .*for a period of 2\.048 us or more/,
	);
	assert.equal(ringOf(13, 11).period_ns, 2048, "what the refusal proposes is possible");
});

test("a ring that is filled once cannot overrun", () => {
	const cases = [
		[13, 10, 512_000],
		[20, 0, 512_000],
		[1, 20, 100e6],
		[1, 30, 2 ** 30],
	] as const;
	for (const [counters, logPeriod, drain_ns] of cases) {
		const size = { counters, logSamples: chooseLogSamples(counters, card), logPeriod, maxBytes: 2 << 20 };
		assert.equal(planRing({ ...size, mode: "single" }, card).drain_ns, drain_ns);
	}
});

test("commands that would take longer than there is time are refused", () => {
	/* A driver with mailboxes of one sample. */
	assert.throws(() => ringOf(18, 13, 16 + 18 * 16), /171 samples in 171 commands of at most 1, which take 10\.94 ms/);
});

test("law: what is accepted is emptied in time", () => {
	fc.assert(
		fc.property(fc.integer({ min: 1, max: 175 }), fc.integer({ min: 0, max: 31 }), (counters, logPeriod) => {
			let ring: ReturnType<typeof ringOf>;
			try {
				ring = ringOf(counters, logPeriod);
			} catch {
				return;
			}
			const samples = ring.drain_ns / ring.period_ns;
			assert.ok(samples <= Math.max(1, 2 ** ring.logSamples / SAFETY) + 1);
			assert.ok(samples <= 2 ** 15 && ring.drain_ns <= 2 ** 31);
			assert.ok(ring.samplesPerCommand * counters * 16 + 16 <= 2 << 20);
		}),
	);
});

const wish = (text: string) => parseWish(new Map(text.split("&").map((o) => o.split("=") as [string, string])));

test("options: what is refused, and why", () => {
	const refused: readonly (readonly [string, RegExp])[] = [
		["mode=repetetive", /did you mean repetitive\?/],
		["mode=on_demand&sync=1", /mode=on_demand excludes sync=1/],
		["clear=1", /only possible together with sync=1/],
		["sync=yes", /sync=yes is neither 0 nor 1/],
	];
	for (const [text, message] of refused) assert.throws(() => wish(text), message, text);
	assert.throws(() => checkWish(wish("sync=1"), [0x401, 0x1c02], card), /not possible with 0x1c02/);
	assert.throws(
		() => checkWish(wish("mode=single"), [0x401], { ...card, single: false }),
		/no mode single; it has repetitive, on_demand/,
	);
	checkWish(wish("sync=1&clear=1"), [0x401], card);
});

test("options become parameters", () => {
	const size = { logSamples: 9, logPeriod: 13 };
	const plain = { counters: [1], log_num_of_samples: 9, log_sample_period: 13, enable: 1, tracer_dump: 0 };
	const none = { single: 0, repetitive: 0, on_demand: 0, sync: 0, clear: 0 };
	assert.deepEqual(parametersFor(wish("mode=repetitive"), [1], size), { ...plain, ...none, repetitive: 1 });
	assert.deepEqual(parametersFor(wish("mode=single&sync=1&clear=1"), [1], size), {
		...plain,
		...none,
		single: 1,
		sync: 1,
		clear: 1,
	});
	assert.deepEqual(parametersFor(wish("mode=on_demand"), [1], size), { ...plain, ...none, on_demand: 1 });
});
