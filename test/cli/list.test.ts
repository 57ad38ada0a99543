// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { perf } from "../../kernel/perf/index.js";
import { sources } from "../../kernel/registry.js";
import { type Counter, counterId, type Source } from "../../kernel/source.js";
import { synthetic } from "../../kernel/synthetic/index.js";
import { probe } from "../../record/cost/probe.js";
import { DEFAULT_PERIOD, nameColumns, type StreamSpec } from "../../sampler/selection.js";
import { countersink } from "../support/cli.js";
import { needs } from "../support/needs.js";

const ESCAPE = "\x1b";
const names = sources.map(({ name }) => name);

interface Listed {
	readonly id: string;
	readonly source: string;
	readonly instance: string;
	readonly name: string;
	readonly unit: string;
	readonly semantics: string;
	readonly width: number;
	readonly type: string;
	readonly help: string;
	readonly cost?: Cost | null;
}

interface ReadCost {
	readonly p50_ns: number;
	readonly p99_ns: number;
	readonly shortest_period_ns: number;
}

interface Cost {
	readonly instance_read: ReadCost;
	readonly source_read: ReadCost & { counters: number; ns_per_value: number };
	readonly look: { period_ns: number; duration_ns: number; reads: number };
	readonly changes: number;
	readonly constant: boolean;
	readonly shortest_change_ns: number | null;
	readonly wraps: number;
	readonly nulls: number;
	readonly error?: string;
}

function json(words: readonly string[]): Listed[] {
	const { status, stdout, stderr } = countersink(["list", "--json", ...words]);
	assert.deepEqual({ status, stderr }, { status: 0, stderr: "" });
	return JSON.parse(stdout) as Listed[];
}

test("without a glob every source has its heading, and a long one is cut and says how to see the rest", () => {
	const { status, stdout, stderr } = countersink(["list"]);
	assert.deepEqual({ status, stderr }, { status: 0, stderr: "" });
	const headings = stdout.split("\n").filter((line) => /^[a-z]/.test(line));
	assert.deepEqual(
		headings.map((line) => line.split("  ")[0]),
		names,
	);
	const block = stdout.split("\n\n").find((text) => text.startsWith("synthetic  "))!;
	const lines = block.trimEnd().split("\n");
	assert.equal(lines[0], "synthetic  128 counters; instances 0, 1, 2, 3, 4, 5 and 10 more");
	assert.equal(lines[1], `  ${synthetic.summary}`);
	assert.match(lines[2]!, /^ {2}counter +unit +kind +bits$/);
	assert.match(lines[3]!, /^ {2}synthetic:0\/ramp +items +counter +64 {2}s \+ t \* \(s \+ 1\)\.$/);
	assert.equal(lines.length, 3 + 40 + 1);
	assert.equal(lines.at(-1), "  ... 88 more; 'countersink list synthetic:*' shows all");
});

test("with --all and with a glob nothing is cut, and columns are aligned", () => {
	for (const words of [["--all"], ["synthetic:*"], ["synthetic"]]) {
		const { stdout } = countersink(["list", ...words]);
		const rows = stdout.split("\n").filter((line) => line.startsWith("  synthetic:"));
		assert.deepEqual(
			rows.map((row) => row.trim().split(" ")[0]),
			synthetic.list().map(counterId),
		);
		assert.equal(new Set(rows.map((row) => row.indexOf(" items "))).size, 1);
		assert.doesNotMatch(stdout, / more; '/);
	}
});

test("globs choose, and each counter is listed once", () => {
	const ids = json(["synthetic:0/r*", "synthetic:{0,1}/ramp"]).map(({ id }) => id);
	assert.deepEqual(ids, ["synthetic:0/ramp", "synthetic:0/reset", "synthetic:1/ramp"]);
});

test("--json has every counter of every source, with all of its properties", () => {
	const listed = json([]);
	assert.equal(new Set(listed.map(({ id }) => id)).size, listed.length);
	assert.deepEqual(
		listed.filter(({ source }) => source === "synthetic"),
		synthetic.list().map((counter) => {
			const { at: _, ...plain } = counter;
			return { id: counterId(counter), ...plain };
		}),
	);
	const kinds = new Set(["counter", "gauge", "flag"]);
	for (const counter of listed) {
		assert.deepEqual(Object.keys(counter).sort(), [
			...["help", "id", "instance", "name", "semantics", "source", "type", "unit", "width"],
		]);
		assert.ok(names.includes(counter.source) && kinds.has(counter.semantics) && counter.help.length > 0, counter.id);
	}
});

test("an impossible argument is refused in one sentence", () => {
	const table: [string, string][] = [
		["nosuch", `there is no source 'nosuch'; the sources are ${names.join(", ")}`],
		["synthetc:*", "there is no source 'synthetc'; did you mean 'synthetic'?"],
		["synthetic:0/rump", "'synthetic:0/rump' matches no counter; did you mean 'synthetic:0/ramp'?"],
		[
			"synthetic:the-number-of-angels",
			"'synthetic:the-number-of-angels' matches no counter; 'countersink list synthetic:*' shows those of synthetic",
		],
		["synthetic:*@10kHz", "'synthetic:*@10kHz' includes a rate; list takes only counters, as in 'synthetic:*'"],
		[
			"synthetic:*?fast=1",
			"'fast=1' in 'synthetic:*?fast=1' is not an option of synthetic; it takes slow=..., error=...",
		],
		["", "'' is not a valid event; write source:instance/name@rate, as in 'net:eth0/*@10kHz'"],
	];
	for (const [glob, sentence] of table) {
		const { status, stdout, stderr } = countersink(["list", glob]);
		assert.deepEqual({ status, stdout, stderr }, { status: 2, stdout: "", stderr: `countersink: ${sentence}\n` });
	}
});

test("a pipe gets no escape codes and no progress bar", () => {
	for (const words of [["list"], ["list", "--cost", "synthetic:0/*"], ["list", "nosuch"]]) {
		const { stdout, stderr } = countersink(words, { env: { TERM: "xterm-256color" } });
		assert.ok(!`${stdout}${stderr}`.includes(ESCAPE));
	}
});

test("calibration finds the known truth about the synthetic counters", () => {
	const listed = json(["--cost", "synthetic:{0,1}/*"]);
	const cost = (name: string): Cost => listed.find((counter) => counter.id === `synthetic:${name}`)!.cost!;
	const { reads, period_ns, duration_ns } = cost("0/ramp").look;
	assert.ok(reads > 2 && reads <= Math.ceil(duration_ns / period_ns));

	for (const name of ["0/constant", "1/constant"]) {
		const { changes, constant, shortest_change_ns } = cost(name);
		assert.deepEqual(
			{ changes, constant, shortest_change_ns },
			{ changes: 0, constant: true, shortest_change_ns: null },
		);
	}
	for (const name of ["0/ramp", "1/ramp", "0/wrap32", "0/wrap48"]) {
		const { changes, constant, shortest_change_ns, nulls } = cost(name);
		assert.deepEqual(
			{ changes, constant, shortest_change_ns, nulls },
			{ changes: reads - 1, constant: false, shortest_change_ns: period_ns, nulls: 0 },
		);
	}
	/* Null in one of a hundred ticks; 100 of 500 ticks are missed. Missed ticks may be any, so these are bounds. */
	const ticks = Math.ceil(duration_ns / period_ns);
	assert.ok(cost("0/drop").nulls <= ticks / 100 && cost("0/drop").nulls >= ticks / 100 - (ticks - reads));
	assert.ok(cost("0/stall").changes < reads - 1);

	const { instance_read, source_read } = cost("1/ramp");
	assert.equal(source_read.counters, 16);
	assert.equal(source_read.ns_per_value, source_read.p50_ns / 16);
	for (const { p50_ns, p99_ns, shortest_period_ns } of [instance_read, source_read])
		assert.ok(p50_ns > 0 && p50_ns <= p99_ns && shortest_period_ns >= 1000 && shortest_period_ns >= p50_ns);
});

test("calibration in words: what a read costs, what changes, what does not", () => {
	const { status, stdout, stderr } = countersink(["list", "--cost", "synthetic:3/*"]);
	assert.deepEqual({ status, stderr }, { status: 0, stderr: "" });
	assert.match(
		stdout,
		/^ {2}one read of 8 takes [0-9.]+ [nu]s \(p99 [0-9.]+ [nu]s\), .* a value: at most [0-9.]+ [kM]Hz$/m,
	);
	assert.match(
		stdout,
		/^ {2}in 300 ms of reads every \d+ us some changed from read to read: a rate above [0-9.]+ kHz may show more$/m,
	);
	assert.match(stdout, /^ +[0-9,]+ +\d+ +every read, <= \d+ us +64 +synthetic:3\/ramp$/m);
	assert.match(stdout, /^ {2}constant here \(1\): 3\/constant$/m);
});

test("a source that cannot be read says why, and the others are measured", () => {
	const { status, stdout } = countersink(["list", "--cost", "synthetic:0/ramp?error=1:1", "softirq:cpu0/TIMER"]);
	assert.equal(status, 0);
	assert.match(stdout, /^ {2}not measured: the sampler cannot start: [a-z]+: cannot be read: Input\/output error$/m);
	assert.match(stdout, /^ {2}one read of 1 takes /m);
	const [failed] = json(["--cost", "synthetic:0/ramp?error=1:1"]);
	assert.deepEqual(failed!.cost, { error: "the sampler cannot start: synthetic: cannot be read: Input/output error" });
});

test("of a large source some counters are measured, unless they are named", () => {
	const listed = json(["--cost", "synthetic"]);
	assert.ok(listed.every(({ cost }) => cost!.source_read.counters === 128));
	const { stdout } = countersink(["list", "--cost"]);
	assert.match(stdout, /^ {2}one read of 64 takes .*\(64 of them measured\)$/m);
	assert.match(stdout, /^ {2}\.\.\. 36 more that changed$/m);
});

test("counters bound to a CPU are measured on it, also by a probe", {
	skip: perf.absence() ?? needs("kernel events"),
}, async () => {
	const streamOf = (source: unknown, counters: readonly Counter[]): StreamSpec => ({
		...{ name: "probed", source: source as Source<never>, period: DEFAULT_PERIOD, options: new Map() },
		columns: nameColumns(counters),
	});
	const switches = perf.list().filter(({ name }) => name === "context-switches");
	assert.ok(switches.length >= 1);
	const [free, ...bound] = await probe(
		[streamOf(synthetic, synthetic.list().slice(0, 1)), ...switches.map((counter) => streamOf(perf, [counter]))],
		200,
	);
	/* One is a system call, the other is not: a probe that left out the readers of other CPUs would find them alike. */
	for (const { count, p50_ns } of bound)
		assert.ok(count === 200 && p50_ns > 2 * free!.p50_ns, `${p50_ns} ns, ${free!.p50_ns} ns`);
});
