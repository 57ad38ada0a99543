// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { formatBytes, formatCount, formatDuration, formatRate, parseDuration, parseRate } from "../../base/units.js";

const durations: [string, number | null][] = [
	["1ns", 1],
	["100us", 100_000],
	["100µs", 100_000],
	["250ms", 250_000_000],
	["1.5ms", 1_500_000],
	[".5s", 500_000_000],
	["5s", 5e9],
	["5 s", 5e9],
	[" 2m ", 120e9],
	["1min", 60e9],
	["1h", 3600e9],
	["1.4ns", 1],
	["0.4ns", null],
	["0s", null],
	["", null],
	["s", null],
	["5", null],
	["5S", null],
	["-5s", null],
	["+5s", null],
	["1e3s", null],
	["5s5", null],
	["5 days", null],
	["1..5s", null],
	["1.s", null],
	["NaNs", null],
	["9999999h", null],
	["5constructor", null],
	["5toString", null],
];

const rates: [string, number | null][] = [
	["1Hz", 1e9],
	["10kHz", 100_000],
	["10KHZ", 100_000],
	["1MHz", 1000],
	["0.5Hz", 2e9],
	["3Hz", 333_333_333],
	["100us", 100_000],
	["1s", 1e9],
	["1 kHz", 1e6],
	["0Hz", null],
	["0.0000000001Hz", null],
	["10GHz", null],
	["10MHz", 100],
	["fast", null],
	["", null],
	["10", null],
	["1constructor", null],
];

test("durations", () => {
	for (const [text, ns] of durations) assert.equal(parseDuration(text), ns, `'${text}'`);
});

test("rates are frequencies or periods", () => {
	for (const [text, ns] of rates) assert.equal(parseRate(text), ns, `'${text}'`);
});

test("a text that is not a duration gives null", () => {
	fc.assert(
		fc.property(fc.string(), (text) => {
			const ns = parseDuration(text);
			assert.ok(ns === null || (Number.isSafeInteger(ns) && ns >= 1));
			const period = parseRate(text);
			assert.ok(period === null || (Number.isSafeInteger(period) && period >= 1));
		}),
	);
});

const units = { ns: 1, us: 1e3, ms: 1e6, s: 1e9, m: 60e9, h: 3600e9 };

test("a whole number of any unit is exact", () => {
	fc.assert(
		fc.property(fc.integer({ min: 1, max: 2500 }), fc.constantFrom(...Object.keys(units)), (n, unit) => {
			assert.equal(parseDuration(`${n}${unit}`), n * units[unit as keyof typeof units]);
		}),
	);
});

const spans = fc.double({ min: 1, max: 3.6e12, noNaN: true });
const near = (a: number, b: number, share: number): void =>
	assert.ok(Math.abs(a - b) <= share * Math.max(a, b) + 1, `${a} and ${b} differ`);

test("a printed duration or rate can be read again, to four digits", () => {
	fc.assert(fc.property(spans, (ns) => near(parseDuration(formatDuration(ns))!, ns, 1e-3)));
	fc.assert(fc.property(spans, (ns) => near(parseRate(formatRate(ns))!, ns, 1e-3)));
});

test("whole frequencies are the same after conversion to a period and back", () => {
	for (const text of ["1 Hz", "10 Hz", "100 Hz", "1 kHz", "10 kHz", "100 kHz", "500 kHz", "1 MHz"])
		assert.equal(formatRate(parseRate(text)!), text);
});

test("numbers for people", () => {
	assert.equal(formatDuration(100_000), "100 us");
	assert.equal(formatDuration(1234.5), "1.234 us");
	assert.equal(formatDuration(0), "0 ns");
	assert.equal(formatRate(100_000), "10 kHz");
	assert.equal(formatRate(333_333_333), "3 Hz");
	assert.equal(formatCount(1_234_567n), "1,234,567");
	assert.equal(formatCount(999), "999");
	for (const n of [0, 1000, -1000, -999, 0.5, 1234.5, 1234567.8901, 2 ** 53, 1e21, 12_345_678_901_234_567_890n])
		assert.equal(formatCount(n), n.toLocaleString("en-US"), `${n}`);
	assert.equal(formatBytes(0), "0 B");
	assert.equal(formatBytes(1023), "1023 B");
	assert.equal(formatBytes(1536), "1.5 KiB");
	assert.equal(formatBytes(1024 ** 2), "1 MiB");
	assert.equal(formatBytes(5 * 1024 ** 5), "5120 TiB");
});
