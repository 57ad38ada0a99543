// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { clockAnchor } from "../../base/clock.js";
import { nanoseconds } from "../../base/units.js";
import { cgroupCounters } from "../../kernel/cgroup/catalogue.js";
import { cgroup } from "../../kernel/cgroup/index.js";
import { hierarchies } from "../../kernel/cgroup/mounts.js";
import type { TextAt } from "../../kernel/shared/text/positions.js";
import { type Counter, counterId } from "../../kernel/source.js";
import { assertBetween } from "../support/bracket.js";
import { needs } from "../support/needs.js";
import { sample } from "../support/sample.js";
import { fixture, textValues } from "../support/textValue.js";

const deviceName = (number: string): string => ({ "254:0": "vda" })[number] ?? number;
const parse = (file: string, text: string): Counter<TextAt>[] =>
	cgroupCounters({ instance: "/a/b", file, path: "/x", text, deviceName });

test("hierarchies are found wherever they are mounted, each once, without those that count nothing", () => {
	assert.deepEqual(hierarchies(fixture("cgroup/fixtures/mountinfo")), ["/sys/fs/cgroup/cpu,cpuacct", "/srv/two words"]);
	assert.deepEqual(hierarchies(""), []);
});

/** File, its fixture, and what each counter of it finds there: name, value, unit, semantics. */
const goldens: readonly (readonly [string, string, readonly string[]])[] = [
	[
		"cpu.stat",
		"cpu.stat",
		[
			"cpu.usage_usec 36290885 us counter",
			"cpu.user_usec 25893466 us counter",
			"cpu.system_usec 10397419 us counter",
			"cpu.nice_usec 17 us counter",
			"cpu.core_sched.force_idle_usec 3 us counter",
			"cpu.nr_periods 2204 events counter",
			"cpu.nr_throttled 91 events counter",
			"cpu.throttled_usec 4410023 us counter",
			"cpu.nr_bursts 2 events counter",
			"cpu.burst_usec 1800 us counter",
		],
	],
	[
		"cpu.stat",
		"cpu.stat.v1",
		["cpu.nr_periods 12 events counter", "cpu.nr_throttled 4 events counter", "cpu.throttled_time 81920331 ns counter"],
	],
	[
		"memory.stat",
		"memory.stat",
		[
			"memory.anon 8003584 bytes gauge",
			"memory.file 104869888 bytes gauge",
			"memory.kernel_stack 49152 bytes gauge",
			"memory.sock 4096 bytes gauge",
			"memory.pgfault 37330 events counter",
			"memory.pgmajfault 12 events counter",
			"memory.workingset_refault_file 1869 pages counter",
			"memory.pgscan 5120 pages counter",
			"memory.zswpout 7 pages counter",
			"memory.zswapped 65536 bytes gauge",
			"memory.thp_fault_alloc 3 events counter",
			"memory.anon_thp 2097152 bytes gauge",
		],
	],
	[
		"memory.stat",
		"memory.stat.v1",
		[
			"memory.cache 9248768 bytes gauge",
			"memory.rss 8003584 bytes gauge",
			"memory.pgpgin 38066 events counter",
			"memory.pgfault 37330 events counter",
			"memory.hierarchical_memory_limit 9223372036854771712 bytes gauge",
			"memory.total_cache 104869888 bytes gauge",
			"memory.total_pgfault 1301701 events counter",
			"memory.total_workingset_refault_file 227683 pages counter",
		],
	],
	[
		"memory.events",
		"memory.events",
		[
			"memory.events.low 0 events counter",
			"memory.events.high 11 events counter",
			"memory.events.max 4 events counter",
			"memory.events.oom 2 events counter",
			"memory.events.oom_kill 1 events counter",
			"memory.events.oom_group_kill 0 events counter",
		],
	],
	[
		"io.stat",
		"io.stat",
		[
			"io.vda.rbytes 90112 bytes counter",
			"io.vda.wbytes 299008000 bytes counter",
			"io.vda.rios 8 requests counter",
			"io.vda.wios 541 requests counter",
			"io.vda.dbytes 50331648 bytes counter",
			"io.vda.dios 3021 requests counter",
			"io.8:16.rbytes 16777216 bytes counter",
			"io.8:16.wbytes 0 bytes counter",
			"io.8:16.rios 64 requests counter",
			"io.8:16.wios 0 requests counter",
			"io.8:16.dbytes 0 bytes counter",
			"io.8:16.dios 0 requests counter",
		],
	],
	[
		"blkio.throttle.io_service_bytes",
		"blkio.throttle.io_service_bytes",
		[
			"blkio.throttle.io_service_bytes.vda.Read 90112 bytes counter",
			"blkio.throttle.io_service_bytes.vda.Write 299008000 bytes counter",
			"blkio.throttle.io_service_bytes.vda.Sync 299098112 bytes counter",
			"blkio.throttle.io_service_bytes.vda.Async 0 bytes counter",
			"blkio.throttle.io_service_bytes.vda.Discard 0 bytes counter",
			"blkio.throttle.io_service_bytes.vda.Total 299098112 bytes counter",
		],
	],
];

for (const [file, from, expected] of goldens)
	test(`${from} becomes counters`, () => {
		const text = fixture(`cgroup/fixtures/${from}`);
		const counters = parse(file, text);
		const values = textValues(counters, text);
		assert.deepEqual(
			counters.map((c) => `${c.name} ${values[`cgroup:/a/b/${c.name}`]} ${c.unit} ${c.semantics}`),
			expected,
		);
		for (const counter of counters) assert.match(counter.help, /^[A-Z0-9].*\.$/);
	});

test("a file of one number is a counter of its own name, and 'max' is not a number", () => {
	assert.deepEqual(parse("pids.current", "7\n").map(counterId), ["cgroup:/a/b/pids.current"]);
	assert.deepEqual(parse("memory.peak", "max\n"), []);
	assert.deepEqual(
		parse("cgroup.stat", "nr_descendants 3\nnr_subsys_hugetlb 1\n").map((c) => c.name),
		["cgroup.nr_descendants"],
	);
});

test("ids are unique and can be taken apart at the last slash", (t) => {
	if (cgroup.absence() !== null) return t.skip(cgroup.absence()!);
	const counters = cgroup.list();
	assert.equal(new Set(counters.map(counterId)).size, counters.length);
	for (const { instance, name } of counters)
		assert.ok(instance.startsWith("/") && !name.includes("/"), `${instance} ${name}`);
});

/** A number of a file, read in another way: by its key, or the only one. */
function readBack({ at, name, type }: Counter<TextAt>): bigint {
	if (type === "f64") return 0n;
	const text = readFileSync(at.path, "utf8");
	const key = name
		.slice(name.lastIndexOf(".") + 1)
		.replace("some_", "some .*")
		.replace("full_", "full .*");
	const found = new RegExp(`^(?:${key}[ =])?(\\d+)$`, "m").exec(text);
	return BigInt(found![1]!);
}

/** A busy child in new cgroups of this name, one in each hierarchy. The function ends it and removes them, once. */
function makeBusy(name: string): () => Promise<void> {
	const mounts = hierarchies(readFileSync("/proc/self/mountinfo", "utf8"));
	const paths = mounts.map((path) => join(path, name));
	// Gives up by itself, should this test be killed.
	const child = spawn(process.execPath, ["-e", "const end = Date.now() + 20e3; while (Date.now() < end);"], {
		stdio: "ignore",
	});
	const ended = once(child, "exit");
	for (const path of paths) {
		mkdirSync(path);
		writeFileSync(join(path, "cgroup.procs"), String(child.pid));
	}
	return async () => {
		child.kill("SIGKILL");
		await ended;
		for (const path of paths.splice(0)) await remove(path);
	};
}

/** The kernel may need a moment after the last task is gone. */
async function remove(path: string): Promise<void> {
	for (let tries = 0; ; tries++)
		try {
			return rmdirSync(path);
		} catch (error) {
			if ((error as NodeJS.ErrnoException).code !== "EBUSY" || tries === 200) throw error;
			await delay(10);
		}
}

test("a new cgroup's counters lie between two readings; once it is removed they are null", {
	skip: needs("root"),
}, async (t) => {
	if (cgroup.absence() !== null) return t.skip(cgroup.absence()!);
	const name = `countersink-test-${process.pid}`;
	const end = makeBusy(name);
	try {
		const all = cgroup.list();
		const counters = all.filter((c) => c.instance === `/${name}`);
		const stays = all.find((c) => c.instance === "/" && c.semantics === "counter")!;
		const before = counters.map(readBack);
		const after: bigint[] = [];
		let [read, removed, looks] = [0n, 0n, 0];
		const meanwhile = async () => {
			if (++looks !== 30) return;
			read = clockAnchor().realtime_ns;
			after.push(...counters.map(readBack));
			await end();
			removed = clockAnchor().realtime_ns;
		};
		const how = { duration: nanoseconds(1.5e9), period: nanoseconds(2e6), meanwhile };
		const { ts, columns } = await sample(cgroup, [...counters, stays], how);
		const early = ts.findIndex((begin) => begin >= read - 5_000_000n);
		const late = ts.findIndex((begin) => begin > removed + 5_000_000n);
		assert.ok(early > 0 && late > early, `removed between rows ${early} and ${late} of ${ts.length}`);
		counters.forEach((counter, i) => {
			const id = counterId(counter);
			const values = columns[i]!.slice(0, early);
			if (counter.semantics === "counter") assertBetween(id, before[i]!, values, after[i]!);
			else assert.ok(!values.includes(null), id);
			for (const value of columns[i]!.slice(late)) assert.equal(value, null, id);
		});
		assert.ok(!columns.at(-1)!.includes(null), "the root cgroup stays");
		const usage = counters.findIndex((c) => c.name === "cpu.usage_usec" || c.name === "cpuacct.usage");
		assert.ok(new Set(columns[usage]!.slice(0, early)).size > 1, "CPU time of a busy task grows");
		assert.ok(!cgroup.list().some((c) => c.instance === `/${name}`));
	} finally {
		await end();
	}
});
