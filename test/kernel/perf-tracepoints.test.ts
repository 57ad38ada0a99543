// SPDX-License-Identifier: Apache-2.0
/** Tracepoints: system calls that a child makes a known number of times are counted exactly, whichever thread makes them. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { clockAnchor } from "../../base/clock.js";
import { nanoseconds } from "../../base/units.js";
import { perf } from "../../kernel/perf/index.js";
import type { At } from "../../kernel/perf/resolve.js";
import { findTracepoints, TRACEFS_ROOTS } from "../../kernel/perf/tracepoints.js";
import { type Counter, counterId } from "../../kernel/source.js";
import { needs } from "../support/needs.js";
import { PerfChild } from "../support/perf-child.js";
import { PerfStat } from "../support/perf-stat.js";
import { sample } from "../support/sample.js";
import { withTracefs } from "../support/tracefs.js";

const PPID = "syscalls:sys_enter_getppid";
const PRIORITY = "syscalls:sys_enter_getpriority";

const wall = (monotonic_ns: bigint): bigint => {
	const anchor = clockAnchor();
	return monotonic_ns + anchor.realtime_ns - anchor.monotonic_ns;
};

/** The last value of each counter of a child's, read after the child had done all that it was told while being sampled. */
async function countChild(names: readonly string[], commands: readonly string[]): Promise<(bigint | number | null)[]> {
	for (let seconds = 1; ; seconds *= 2) {
		const child = await PerfChild.start();
		const counters = names.flatMap((name) => perf.resolve!(`pid${child.pid}/${name}`)!);
		let done: bigint | undefined;
		const meanwhile = async () => {
			done ??= await child.tell(...commands);
		};
		const duration = nanoseconds(seconds * 1e9);
		const { columns, ts } = await sample(perf, counters, { period: nanoseconds(5e6), duration, meanwhile });
		await child.end();
		if (ts.at(-1)! > wall(done!)) return columns.map((column) => column.findLast((value) => value !== null) ?? null);
		assert.ok(seconds < 30, "the child takes longer than any recording");
	}
}

/** Some other system calls, so that the two that count lie in different groups of the reader. */
const fillers = (): string[] =>
	readdirSync(`${TRACEFS_ROOTS.find((root) => findTracepoints([root]).absence === null)}/events/syscalls`)
		.filter((name) => name.startsWith("sys_enter_") && !/get(ppid|priority)$/.test(name))
		.slice(0, 128)
		.map((name) => `syscalls:${name}`);

const perCpu = (name: string): Counter<At>[] => perf.list().filter((counter) => counter.name === name);

if (withTracefs(import.meta.url))
	describe("perf tracepoints", () => {
		test("are listed for each CPU, all that have an id", () => {
			const { events } = findTracepoints();
			const root = TRACEFS_ROOTS.find((candidate) => findTracepoints([candidate]).absence === null)!;
			const available = readFileSync(`${root}/available_events`, "utf8").trim().split("\n");
			const wanted = available.filter((name) => !name.startsWith("ftrace:")).sort();
			const listed = events.map(({ name }) => name);
			/* Syscalls are in available_events under the same names. */
			for (const name of [PPID, "sched:sched_switch"]) assert.ok(listed.includes(name), name);
			assert.deepEqual([...listed].sort(), wanted);
			assert.equal(perCpu("sched:sched_switch").length, perCpu("context-switches").length);
			assert.equal(counterId(perCpu("sched:sched_switch")[0]!), "perf:cpu0/sched:sched_switch");
		});

		test("every call of the main thread is counted", async () => {
			assert.deepEqual(await countChild([PPID, PRIORITY], ["work 12345 678"]), [12345n, 678n]);
		});

		test("so is every call of a thread that was there before, and of one that came and went", async () => {
			const commands = ["work 1000 1", "worker 2000 20", "new-worker 3000 300", "new-worker 4000 4000", "work 1 0"];
			assert.deepEqual(await countChild([PPID, PRIORITY], commands), [10001n, 4321n]);
		});

		test("and of a process that it starts", async () => {
			const [count] = await countChild([PPID], ["work 1000 0", "new-process 50000 0"]);
			/* Starting a process may take a few of its own. */
			assert.ok(count! >= 51_000n && count! < 51_100n, `${count}`);
		});

		test("more events than fit one group keep their places", async () => {
			const others = fillers();
			const names = [...others.slice(0, 3), PPID, ...others.slice(3), PRIORITY, "page-faults"];
			const counts = await countChild(names, ["work 4321 1234", "worker 1 1"]);
			assert.equal(counts[names.indexOf(PPID)], 4322n);
			assert.equal(counts[names.indexOf(PRIORITY)], 1235n);
			assert.equal(counts.length, others.length + 3);
		});

		test("per CPU, lies between what perf counts within and around", { skip: needs("perf") }, async () => {
			const names = ["sched:sched_switch", "raw_syscalls:sys_enter"];
			const counters = names.flatMap(perCpu);
			const args = ["-a", "-A", "-e", names.join(",")];
			const around = await PerfStat.start(args);
			const { columns, ts } = await sample(perf, counters, { duration: nanoseconds(300e6) });
			const outer = await around.stop();
			assert.ok(ts.length > 0);
			counters.forEach(({ instance, name }, i) => {
				const values = columns[i]!.filter((value) => value !== null) as bigint[];
				const count = values.at(-1)! - values[0]!;
				assert.ok(
					count > 0n && count <= outer.get(`${instance.toUpperCase()}/${name}`)!,
					`${instance} ${name} ${count}`,
				);
			});
		});
	});
