// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { CountersinkError } from "../../base/errors.js";
import { sources } from "../../kernel/registry.js";
import { counterId } from "../../kernel/source.js";
import { synthetic } from "../../kernel/synthetic/index.js";
import { matchCounters, nameColumns, parseEvent, selectStreams } from "../../sampler/selection.js";

const select = (...events: string[]) => selectStreams(events.map((event) => parseEvent(event)));
const all = synthetic.list().map(counterId);

const good: [string, { glob: string; period: number; options?: [string, string][] }][] = [
	["synthetic", { glob: "*", period: 1e6 }],
	["synthetic:", { glob: "*", period: 1e6 }],
	["synthetic:*", { glob: "*", period: 1e6 }],
	["synthetic@10kHz", { glob: "*", period: 100_000 }],
	["synthetic:0/ramp@100us", { glob: "0/ramp", period: 100_000 }],
	["synthetic:0/ramp@1us", { glob: "0/ramp", period: 1000 }],
	["synthetic:*@1h", { glob: "*", period: 3600e9 }],
	["synthetic:?/ramp", { glob: "?/ramp", period: 1e6 }],
	["synthetic:0/ram?@1s", { glob: "0/ram?", period: 1e9 }],
	["synthetic:a@b/c@1s", { glob: "a@b/c", period: 1e9 }],
	["synthetic:a@b/c", { glob: "a@b/c", period: 1e6 }],
	["synthetic:a:b", { glob: "a:b", period: 1e6 }],
	["synthetic:*?slow=100:2ms", { glob: "*", period: 1e6, options: [["slow", "100:2ms"]] }],
	[
		"synthetic:?/r?slow=9:1ms&error=5:1@1kHz",
		{
			glob: "?/r",
			period: 1e6,
			options: [
				["slow", "9:1ms"],
				["error", "5:1"],
			],
		},
	],
];

test("events as people write them", () => {
	for (const [text, expected] of good) {
		const { source, glob, period, options } = parseEvent(text);
		assert.equal(source.name, "synthetic");
		assert.deepEqual({ glob, period, options: [...options] }, { options: [], ...expected }, text);
	}
});

const form = "write source:instance/name@rate, as in 'net:eth0/*@10kHz'";
const names = sources.map((source) => source.name).join(", ");
const rates = "write a frequency or a period, as in @10kHz, @100us or @1s";
const bad: [string[], string][] = [
	[[""], `'' is not a valid event; ${form}`],
	[[":x"], `':x' is not a valid event; ${form}`],
	[["@1kHz"], `'@1kHz' is not a valid event; ${form}`],
	[["synthetic@a@b"], `'synthetic@a@b' is not a valid event; ${form}`],
	[["bananas"], `there is no source 'bananas'; the sources are ${names}`],
	[["syntetic:*"], "there is no source 'syntetic'; did you mean 'synthetic'?"],
	[["synthetic:*@"], `'@' in 'synthetic:*@' is not a valid rate; ${rates}`],
	[["synthetic:*@fast"], `'@fast' in 'synthetic:*@fast' is not a valid rate; ${rates}`],
	[["synthetic:*@10"], `'@10' in 'synthetic:*@10' is not a valid rate; ${rates}`],
	[["synthetic:*@2MHz"], "'@2MHz' in 'synthetic:*@2MHz' is faster than 1 MHz; the shortest period is 1us"],
	[["synthetic:*@2h"], "'@2h' in 'synthetic:*@2h' is slower than once an hour; the longest period is 1h"],
	[
		["synthetic:*?speed=1"],
		"'speed=1' in 'synthetic:*?speed=1' is not an option of synthetic; it takes slow=..., error=...",
	],
	[
		["synthetic:*?slow=1:1ms&error"],
		"'error' in 'synthetic:*?slow=1:1ms&error' is not an option of synthetic; it takes slow=..., error=...",
	],
	[["synthetic:0/rampp"], "'synthetic:0/rampp' matches no counter; did you mean 'synthetic:0/ramp'?"],
	[
		["synthetic:zzzzzzzzzzzzzzzzzzzzzz"],
		"'synthetic:zzzzzzzzzzzzzzzzzzzzzz' matches no counter; 'countersink list synthetic:*' shows those of synthetic",
	],
	[
		["synthetic:*?error=5:1", "synthetic:*?error=6:1"],
		"'synthetic:*?error=6:1' sets error=6:1, but an earlier event of the same stream sets another value; give one",
	],
];

test("what is wrong with an event is said in one sentence, with what to write instead", () => {
	for (const [events, message] of bad)
		assert.throws(
			() => select(...events),
			(error) => error instanceof CountersinkError && error.code === "usage" && error.message === message,
			`${events}: ${message}`,
		);
});

const badOptions = ["slow=x", "slow=0:1ms", "slow=1.5:1ms", "slow=5", "slow=5:5", "error=5:0", "error=5:x", "error=:3"];

test("options of the synthetic source are checked before the sampler sees them", () => {
	for (const option of badOptions) {
		const [stream] = select(`synthetic:0/ramp?${option}`);
		assert.throws(
			() => synthetic.plan([], stream!.options),
			(error) =>
				error instanceof CountersinkError &&
				error.message === `synthetic option ${option} is not understood; write slow=TICKS:DURATION or error=TICKS:RUN`,
			option,
		);
	}
});

test("globs select by id, in the order of the source", () => {
	assert.deepEqual(matchCounters(parseEvent("synthetic")).map(counterId), all);
	assert.deepEqual(matchCounters(parseEvent("synthetic:1?/{drop,ramp}")).map(counterId), [
		...[10, 11, 12, 13, 14, 15].flatMap((i) => [`synthetic:${i}/ramp`, `synthetic:${i}/drop`]),
	]);
});

test("one source at one rate is one stream; a counter named twice is one column", () => {
	const streams = select("synthetic:0/ramp", "synthetic:0/r*", "synthetic:1/ramp@1kHz", "synthetic:0/ramp@10kHz");
	assert.deepEqual(
		streams.map(({ name, period, columns }) => [name, period, columns.map((column) => column.id)]),
		[
			["synthetic", 1e6, ["synthetic:0/ramp", "synthetic:0/reset", "synthetic:1/ramp"]],
			["synthetic_10khz", 1e5, ["synthetic:0/ramp"]],
		],
	);
	assert.equal(select("synthetic", "synthetic@5s")[1]!.name, "synthetic_5s");
});

test("streams never share a name, however near their rates are", () => {
	const periods = fc.uniqueArray(
		fc.oneof(fc.integer({ min: 1000, max: 1020 }), fc.integer({ min: 1e6, max: 1e6 + 9 })),
		{
			minLength: 1,
			maxLength: 8,
		},
	);
	fc.assert(
		fc.property(periods, (all) => {
			const streams = select(...all.map((period) => `synthetic:0/ramp@${period}ns`));
			assert.deepEqual(
				streams.map((stream) => stream.period),
				all,
			);
			assert.equal(new Set(streams.map((stream) => stream.name)).size, all.length);
		}),
	);
});

test("columns have names of their own, none of them ts, tick or read_ns", () => {
	const [ramp] = synthetic.list();
	const counters = ["a", "A", "a", "ts", "tick", "read-ns", "0"].map((name) => ({ ...ramp!, instance: "", name }));
	const columns = nameColumns(counters).map((column) => column.name);
	assert.deepEqual(columns, ["a", "a_2", "a_3", "ts_2", "tick_2", "read_ns_2", "synthetic_0"]);
});
