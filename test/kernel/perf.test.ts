// SPDX-License-Identifier: Apache-2.0
/** The perf source against the perf tool: what perf counts around the rows is never less, what it counts within never more. */
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { clockAnchor, monotonicNow } from "../../base/clock.js";
import { nanoseconds } from "../../base/units.js";
import { perf, perfNotes } from "../../kernel/perf/index.js";
import type { At } from "../../kernel/perf/resolve.js";
import { type Counter, counterId } from "../../kernel/source.js";
import { needs } from "../support/needs.js";
import { PerfChild } from "../support/perf-child.js";
import { PerfStat } from "../support/perf-stat.js";
import { type Sampled, sample } from "../support/sample.js";

const names = ["context-switches", "cpu-migrations", "page-faults", "minor-faults", "major-faults"];
const online = new Set(perf.list().map(({ instance }) => instance));
const ofCpus = (wanted: readonly string[]): Counter<At>[] => perf.list().filter(({ name }) => wanted.includes(name));

/** CLOCK_REALTIME nanoseconds of a CLOCK_MONOTONIC time, as the rows have them. */
const wall = (monotonic_ns: bigint): bigint => {
	const anchor = clockAnchor();
	return monotonic_ns + anchor.realtime_ns - anchor.monotonic_ns;
};

const MS = 1_000_000n;

interface Window {
	readonly begin: bigint;
	readonly end: bigint;
}

/** Samples while act() runs, as long as it takes for rows to lie before its begin and after its end. */
async function sampleAround(
	counters: readonly Counter<At>[],
	act: () => Promise<void>,
): Promise<{ sampled: Sampled; first: number; last: number }> {
	for (let seconds = 1; ; seconds *= 2) {
		let window: Window | undefined;
		const meanwhile = async () => {
			if (window) return;
			await sleep(20);
			const begin = monotonicNow();
			await act();
			window = { begin, end: monotonicNow() };
		};
		const duration = nanoseconds(seconds * 1e9);
		const sampled = await sample(perf, counters, { duration, depth: duration, meanwhile });
		const { ts } = sampled;
		/* A row is read within a millisecond of its timestamp, or its read_ns would say otherwise. */
		const first = ts.findLastIndex((t, i) => t + BigInt(sampled.readNs[i]!) + MS < wall(window!.begin));
		const last = ts.findIndex((t) => t > wall(window!.end) + MS);
		if (first >= 0 && last >= 0) return { sampled, first, last };
		assert.ok(seconds < 30, "the act takes longer than any recording");
	}
}

/** Values of one column from the last that is there at or before row a to the first that is there at or after row b. */
function grown(column: readonly (bigint | number | null)[], a: number, b: number): bigint {
	const first = column.slice(0, a + 1).findLast((value) => value !== null);
	const last = column.slice(b).find((value) => value !== null);
	assert.ok(first !== undefined && last !== undefined, "values are the rule, nulls the exception");
	return BigInt(last!) - BigInt(first!);
}

function assertBetween(within: bigint, sampled: bigint, around: bigint, what: string): void {
	assert.ok(within <= sampled && sampled <= around, `${what}: ${within} within, ${sampled} sampled, ${around} around`);
}

describe("perf", () => {
	test("lists the software events of every CPU that is online", () => {
		const cpus = readFileSync("/sys/devices/system/cpu/online", "utf8").trim();
		assert.equal(online.has(`cpu${cpus.split(/[-,]/).at(-1)}`), true);
		for (const name of [...names, "task-clock", "cpu-clock", "cgroup-switches", "time_enabled", "time_running"])
			assert.equal(ofCpus([name]).length, online.size, name);
		const ids = perf.list().map(counterId);
		assert.equal(new Set(ids).size, ids.length);
	});

	test("says in one sentence what is missing", () => {
		for (const note of perfNotes()) assert.match(note, /^[^.]+[;,] .*(try|have) [^.]+/);
		const hardware = ofCpus(["cycles"]).length > 0;
		assert.equal(
			perfNotes().some((note) => note.includes("hardware")),
			!hardware,
		);
	});

	test("per CPU, lies between what perf counts within and around", { skip: needs("perf") }, async () => {
		const events = existsSync("/sys/bus/event_source/devices/msr/events/tsc") ? [...names, "msr/tsc"] : names;
		const args = ["-a", "-A", "-e", events.map((name) => (name.includes("/") ? `${name}/` : name)).join(",")];
		const counters = ofCpus(events);
		let within = new Map<string, bigint>();
		const around = await PerfStat.start(args);
		const { sampled, first, last } = await sampleAround(counters, async () => {
			const inner = await PerfStat.start(args);
			spawnSync("true");
			await sleep(50);
			within = await inner.stop();
		});
		const outer = await around.stop();
		assert.equal(within.size, counters.length);
		counters.forEach(({ instance, name }, i) => {
			const key = `${instance.toUpperCase()}/${name.includes("/") ? `${name}/` : name}`;
			const count = grown(sampled.columns[i]!, first, last);
			assertBetween(within.get(key)!, count, outer.get(key)!, key);
		});
		const switches = [...within]
			.filter(([key]) => key.endsWith("context-switches"))
			.reduce((sum, [, n]) => sum + n, 0n);
		assert.ok(switches > 0n, "something happened");
	});

	test("per process, lies between what perf counts within and around", { skip: needs("perf") }, async () => {
		const child = await PerfChild.start();
		const counters = names.flatMap((name) => perf.resolve!(`pid${child.pid}/${name}`)!);
		const args = ["-p", String(child.pid), "-e", names.join(",")];
		let within = new Map<string, bigint>();
		const around = await PerfStat.start(args);
		const { sampled, first, last } = await sampleAround(counters, async () => {
			const inner = await PerfStat.start(args);
			await child.tell("touch 5000", "worker 1000", "new-worker 1000", "touch 5000");
			within = await inner.stop();
		});
		const outer = await around.stop();
		await child.end();
		for (const [i, name] of names.entries())
			assertBetween(within.get(name)!, grown(sampled.columns[i]!, first, last), outer.get(name)!, name);
		assert.ok(within.get("page-faults")! > 0n && within.get("context-switches")! > 0n, "something happened");
	});

	test("the process that never ran has counts of 0, not null, and no time", {
		skip: needs("kernel events"),
	}, async () => {
		const idle = spawn("sleep", ["100"]);
		idle.kill("SIGSTOP");
		while (!/^\d+ \(.*\) T/.test(readFileSync(`/proc/${idle.pid}/stat`, "utf8"))) await sleep(5);
		const counters = ["page-faults", "time_enabled", "time_running:page-faults"].flatMap(
			(name) => perf.resolve!(`pid${idle.pid}/${name}`)!,
		);
		const { columns, ts } = await sample(perf, counters);
		idle.kill("SIGKILL");
		assert.ok(ts.length > 0);
		for (const column of columns) assert.ok(column.every((value) => value === 0n));
	});

	test("the time for which a CPU's events count is the time that passes", {
		skip: needs("kernel events"),
	}, async () => {
		const counters = ofCpus(["time_enabled", "time_running", "page-faults"]);
		const { columns, ts, readNs } = await sample(perf, counters, { duration: nanoseconds(1e9) });
		counters.forEach(({ instance, name }, i) => {
			if (!name.startsWith("time_")) return;
			const column = columns[i]!;
			const a = column.findIndex((value) => value !== null);
			const b = column.findLastIndex((value) => value !== null);
			const passed = Number(BigInt(column[b]!) - BigInt(column[a]!));
			/* The scheduler's clock is not disciplined as CLOCK_REALTIME is: a thousandth more or less. */
			const least = Number(ts[b]! - ts[a]!) - readNs[a]!;
			const most = Number(ts[b]! - ts[a]!) + readNs[b]!;
			assertBetween(
				BigInt(Math.floor(least * 0.999)),
				BigInt(passed),
				BigInt(Math.ceil(most * 1.001)),
				`${instance} ${name}`,
			);
		});
	});

	test("values of both CPUs are the rule and nulls the exception", { skip: needs("kernel events") }, async (t) => {
		for (const period of [nanoseconds(1e6), nanoseconds(100e3)]) {
			const counters = ofCpus(["context-switches"]);
			const { columns, ts, scheduled, gaps } = await sample(perf, counters, { period, duration: nanoseconds(1e9) });
			const missed = gaps.reduce((sum, gap) => sum + Number(gap.ticks), 0);
			assert.equal(scheduled, ts.length + missed);
			for (const [i, column] of columns.entries()) {
				const nulls = column.filter((value) => value === null).length;
				t.diagnostic(`${counterId(counters[i]!)} every ${period / 1e3} us: ${nulls} nulls of ${ts.length}`);
				assert.ok(nulls < ts.length / 2, `${nulls} nulls of ${ts.length}`);
				const values = column.filter((value) => value !== null) as bigint[];
				assert.ok(values.every((value, row) => row === 0 || value >= values[row - 1]!));
				assert.ok(values.at(-1)! > values[0]!);
			}
		}
	});

	test("without privileges, refuses what the kernel forbids and counts the own process in user mode", async (t) => {
		const paranoid = Number(readFileSync("/proc/sys/kernel/perf_event_paranoid", "utf8"));
		if (paranoid < 1 || paranoid > 2)
			return t.skip(`kernel.perf_event_paranoid is ${paranoid}, which forbids other things`);
		const script = `
			import { perf } from "${new URL("../../kernel/perf/index.js", import.meta.url)}";
			import { sample } from "${new URL("../support/sample.js", import.meta.url)}";
			const busy = () => { for (const end = performance.now() + 5; performance.now() < end; ); };
			const { columns } = await sample(perf, perf.resolve("pid" + process.pid + "/task-clock:u"), { meanwhile: busy });
			console.log("counted", columns[0].at(-1) > 0n);
			await sample(perf, perf.list().filter((c) => c.name === "page-faults")).catch((e) => console.log(e.code, e.message));`;
		const nobody = process.getuid!() === 0 ? { uid: 65534, gid: 65534 } : {};
		const child = spawn(process.execPath, ["--input-type=module", "-e", script], { ...nobody, cwd: "/" });
		let output = "";
		for (const pipe of [child.stdout, child.stderr])
			pipe.on("data", (chunk) => {
				output += chunk;
			});
		await once(child, "close");
		if (/EACCES.*(open|import)|ERR_MODULE_NOT_FOUND/.test(output))
			return t.skip("another user cannot read this folder");
		assert.match(output, /^counted true$/m);
		assert.match(
			output,
			/^unavailable .*perf:cpu0\/page-faults \(kernel\.perf_event_paranoid is [12] and CAP_PERFMON is missing; try the setcap that countersink doctor prints/m,
		);
	});
});

const hardwareHere = ofCpus(["cycles"]).length > 0;

/** What is written, and what it means: ids, null (a glob over the list), or the error. */
const resolutions: [text: string, expected: string[] | null | RegExp][] = [
	["cpu0/context-switches", null],
	["*/page-faults", null],
	["page-faults", null],
	["cpu0/page-faults:u", ["perf:cpu0/page-faults:u"]],
	["cpu0/page-faults:k", ["perf:cpu0/page-faults:k"]],
	["cpu0/*-faults:u", ["page", "minor", "major", "alignment", "emulation"].map((kind) => `perf:cpu0/${kind}-faults:u`)],
	["cpu0/context-switches:u", /^context-switches happens in the kernel only.*; leave out :u$/],
	["cpu0/time_running:page-faults", ["perf:cpu0/time_running:page-faults"]],
	["cpu4095/page-faults:u", /matches no event of a CPU; 'countersink list/],
	["pid1/page-faults", ["perf:pid1/page-faults"]],
	["pid1/m*-faults", ["perf:pid1/minor-faults", "perf:pid1/major-faults"]],
	["pid1/time_*", ["perf:pid1/time_enabled", "perf:pid1/time_running"]],
	["pid1/page-fault", /^a process has no event 'page-fault'; did you mean 'page-faults'\?$/],
	["pid999999999/page-faults", /^there is no process 999999999 /],
	...(hardwareHere
		? ([["cpu0/r01c2", ["perf:cpu0/r01c2"]]] as [string, string[]][])
		: ([
				["cpu0/cycles", /^cycles cannot be counted: .*hardware/],
				["cpu0/cycles:u", /^cycles cannot be counted: .*hardware/],
				["pid1/LLC-loads", /^LLC-loads cannot be counted: .*hardware/],
				["cpu0/r01c2", /^r01c2 cannot be counted: .*hardware/],
			] as [string, RegExp][])),
];

describe("perf names", () => {
	for (const [text, expected] of resolutions)
		test(text, () => {
			if (expected instanceof RegExp)
				assert.throws(() => perf.resolve!(text), { name: "CountersinkError", message: expected });
			else assert.deepEqual(perf.resolve!(text)?.map(counterId) ?? null, expected);
		});
});
