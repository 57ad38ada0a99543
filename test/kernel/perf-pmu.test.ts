// SPDX-License-Identifier: Apache-2.0
/** How units describe their events in sysfs, and tracepoints in tracefs, read from recorded folders. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { parseCpus } from "../../base/cpus.js";
import { packageFile } from "../../base/paths.js";
import { hardwareEvents } from "../../kernel/perf/catalogue.js";
import { encodeTerms, parseFormat, pmuEvents, readPmus, spread } from "../../kernel/perf/pmu.js";
import { findTracepoints } from "../../kernel/perf/tracepoints.js";

const fixtures = packageFile("kernel/perf/fixtures");
const pmus = readPmus(`${fixtures}/pmus`);
const pmu = (name: string) => pmus.find((candidate) => candidate.name === name)!;

const formats: [text: string, expected: unknown][] = [
	["config:0-7", { word: 0, ranges: [[0, 7]] }],
	[
		"config:0-7,21",
		{
			word: 0,
			ranges: [
				[0, 7],
				[21, 21],
			],
		},
	],
	["config1:0-63\n", { word: 1, ranges: [[0, 63]] }],
	["config2:5", { word: 2, ranges: [[5, 5]] }],
	["config3:0-7", null],
	["config:0-64", null],
	["config:7-0", null],
	["config:", null],
	["config:a-b", null],
	["", null],
];

const spreads: [format: string, value: bigint, expected: bigint | null][] = [
	["config:0-7", 0xffn, 0xffn],
	["config:0-7", 0x100n, null],
	["config:8-15", 0x12n, 0x1200n],
	["config:0-7,32-35", 0xabcn, 0xa_0000_00bcn],
	["config:0-7,32-35", 0x1abcn, null],
	["config:21", 1n, 1n << 21n],
	["config:0-63", 2n ** 64n - 1n, 2n ** 64n - 1n],
	["config:0-63", 2n ** 64n, null],
];

const terms: [unit: string, text: string, expected: [bigint, bigint, bigint] | RegExp][] = [
	["cpu", "event=0x3c,umask=0x01", [0x13cn, 0n, 0n]],
	["cpu", "event=60", [0x3cn, 0n, 0n]],
	["cpu", "stalled", [0x18002c2n, 0n, 0n]],
	["cpu", "mem-loads", [0x1cdn, 3n, 0n]],
	["cpu", "mem-loads,cmask=2", [0x20001cdn, 3n, 0n]],
	["cpu", "wide=0xabc", [0xa_0000_00bcn, 0n, 0n]],
	["cpu", "config=0x1b7,config1=0x10001,config2=7", [0x1b7n, 0x10001n, 7n]],
	["cpu", "event=1,period=1000,name=mine", [1n, 0n, 0n]],
	["cpu", "event=0x1ff", /^'event=0x1ff' has more bits than cpu has for event; give a smaller number$/],
	["cpu", "evnt=1", /^cpu has no term 'evnt'; it has .*event/],
	["cpu", "acr=1", /^cpu has no term 'acr'/],
	["cpu", "event=?", /^'event=\?' of cpu needs a number/],
	["cpu", "event=-1", /needs a number/],
];

describe("PMU formats", () => {
	for (const [text, expected] of formats)
		test(JSON.stringify(text), () => assert.deepEqual(parseFormat(text), expected));
	for (const [format, value, expected] of spreads)
		test(`${value} in ${format}`, () => assert.equal(spread(parseFormat(format)!, value), expected));
});

describe("PMU terms", () => {
	for (const [unit, text, expected] of terms)
		test(`${unit}/${text}/`, () => {
			const encode = () => {
				const { type, config, config1, config2 } = encodeTerms(pmu(unit), text);
				assert.equal(type, pmu(unit).type);
				return [config, config1, config2];
			};
			if (expected instanceof RegExp) assert.throws(encode, { name: "CountersinkError", message: expected });
			else assert.deepEqual(encode(), expected);
		});
});

describe("PMUs in sysfs", () => {
	const events = pmus.flatMap(pmuEvents);
	const find = (name: string) => events.find((event) => event.name === name)!;

	test("all are found but those that have a catalogue or need an address", () => {
		assert.deepEqual(
			pmus.map(({ name, type, cpus }) => [name, type, cpus]),
			[
				["cpu", 4, null],
				["cpu_atom", 10, [4, 5, 6, 7]],
				["power", 23, [0]],
				["uncore_imc_0", 14, [0, 18]],
			],
		);
		assert.deepEqual(readPmus(`${fixtures}/absent`), []);
	});

	test("named events are listed, but for those that ask for a term", () => {
		assert.deepEqual(
			events.map(({ name }) => name),
			[
				"cpu/mem-loads",
				"cpu/plain",
				"cpu/stalled",
				"cpu_atom/cpu-cycles",
				"power/energy-pkg",
				"uncore_imc_0/cas_count_read",
				"uncore_imc_0/temperature",
			],
		);
		assert.equal(find("uncore_imc_0/cas_count_read").encode().config, 0x304n);
	});

	test("a scale and a unit are told, not applied", () => {
		const energy = find("power/energy-pkg");
		assert.equal(energy.unit, "none");
		assert.match(energy.help, /as a raw count: times 2\.3283064365386962890625e-10 it is Joules\.$/);
		assert.equal(find("cpu/plain").unit, "events");
	});

	test("what is a reading is a gauge", () => {
		assert.equal(find("uncore_imc_0/temperature").semantics, "gauge");
		assert.equal(find("uncore_imc_0/cas_count_read").semantics, "counter");
	});
});

describe("CPU lists", () => {
	const lists: [string, number[]][] = [
		["0-3,8\n", [0, 1, 2, 3, 8]],
		["0", [0]],
		["\n", []],
		["0,18", [0, 18]],
	];
	for (const [text, expected] of lists) test(JSON.stringify(text), () => assert.deepEqual(parseCpus(text), expected));
});

describe("tracefs", () => {
	test("tracepoints are folders of folders, and their ids are read when needed", () => {
		const { events, absence } = findTracepoints([`${fixtures}/absent`, `${fixtures}/tracefs`]);
		assert.equal(absence, null);
		assert.deepEqual(
			events.map(({ name }) => name),
			["sched:sched_switch", "sched:sched_wakeup", "syscalls:sys_enter_read"],
		);
		assert.deepEqual(events[0]!.encode(), { type: 2, config: 372n, config1: 0n, config2: 0n });
	});

	test("where it is not mounted, the sentence says how to", () => {
		const { events, absence } = findTracepoints([`${fixtures}/absent`]);
		assert.deepEqual(events, []);
		assert.match(absence!, /tracefs is not mounted; try sudo mount -t tracefs tracefs /);
	});
});

describe("cache events", () => {
	const configs: [string, bigint][] = [
		["L1-dcache-loads", 0x0n],
		["L1-dcache-load-misses", 0x10000n],
		["LLC-stores", 0x102n],
		["dTLB-load-misses", 0x10003n],
		["node-prefetches", 0x206n],
	];
	for (const [name, config] of configs)
		test(name, () => assert.deepEqual(hardwareEvents.find((event) => event.name === name)!.encode().config, config));
});
