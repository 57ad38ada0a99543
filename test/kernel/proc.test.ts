// SPDX-License-Identifier: Apache-2.0
/** softirq, irq, cpu and vm against a reading of the same files that shares no code with them. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fromSeconds, nanoseconds } from "../../base/units.js";
import { cpu, cpuCounters } from "../../kernel/cpu/index.js";
import { irq, irqCounters } from "../../kernel/irq/index.js";
import type { TextAt } from "../../kernel/shared/text/positions.js";
import { softirq, softirqCounters, softnetCounters } from "../../kernel/softirq/index.js";
import { type Counter, counterId, type Source } from "../../kernel/source.js";
import { meminfoCounters, vm, vmstatCounters } from "../../kernel/vm/index.js";
import { sample } from "../support/sample.js";

const rows = (path: string): string[][] =>
	readFileSync(path, "latin1")
		.split("\n")
		.filter((line) => line.trim() !== "")
		.map((line) => line.trim().split(/\s+/));

type Reading = Map<string, bigint>;

/** What a file says, by counter id. */
const readings: Record<string, () => Reading> = {
	softirq() {
		const [cpus = [], ...types] = rows("/proc/softirqs");
		const all: Reading = new Map();
		for (const [type = "", ...counts] of types)
			for (const [i, name] of cpus.entries())
				all.set(`softirq:${name.toLowerCase()}/${type.replace(":", "")}`, BigInt(counts[i]!));
		const names = { processed: 0, dropped: 1, time_squeeze: 2, received_rps: 9, flow_limit_count: 10, backlog_len: 11 };
		for (const columns of rows("/proc/net/softnet_stat"))
			for (const [name, column] of Object.entries(names))
				all.set(`softirq:cpu${Number(`0x${columns[12]}`)}/softnet_${name}`, BigInt(`0x${columns[column]}`));
		return all;
	},
	irq() {
		const [cpus = [], ...lines] = rows("/proc/interrupts");
		const all: Reading = new Map();
		for (const [label = "", ...rest] of lines) {
			const id = label.slice(0, -1);
			if (rest.length === 1) all.set(`irq:${id}`, BigInt(rest[0]!));
			else
				for (const [i, name] of cpus.entries())
					all.set(`irq:${name.toLowerCase()}/${/^\d/.test(id) ? `${id}_${rest.at(-1)}` : id}`, BigInt(rest[i]!));
		}
		return all;
	},
	cpu() {
		const names = "user nice system idle iowait irq softirq steal guest guest_nice".split(" ");
		const all: Reading = new Map();
		for (const [name = "", ...values] of rows("/proc/stat"))
			if (name.startsWith("cpu"))
				for (const [i, time] of names.entries())
					all.set(`cpu:${name === "cpu" ? "total" : name}/${time}`, BigInt(values[i]!));
			else if (name !== "btime") all.set(`cpu:${name}`, BigInt(values[0]!));
		return all;
	},
	vm() {
		const vmstat = rows("/proc/vmstat").map(([name, value]) => [`vm:${name}`, BigInt(value!)] as const);
		const meminfo = rows("/proc/meminfo").map(
			([name, value]) => [`vm:meminfo/${name!.slice(0, -1)}`, BigInt(value!)] as const,
		);
		return new Map([...vmstat, ...meminfo]);
	},
};

/** Ticks by which the idle time of a CPU may seem to fall: it is computed from two places while the CPU moves between. */
const slack = (counter: Counter): bigint => (/idle|iowait/.test(counter.name) ? 100n : 0n);

function checkColumn(counter: Counter, values: readonly unknown[], before: Reading, after: Reading): void {
	const id = counterId(counter);
	let least = before.get(id);
	const most = after.get(id);
	assert.ok(least !== undefined && most !== undefined, `${id} is in the file`);
	for (const value of values) {
		assert.ok(typeof value === "bigint", `${id} is ${value}`);
		if (counter.semantics === "gauge") continue;
		assert.ok(
			value >= least - slack(counter) && value <= most + slack(counter),
			`${id}: ${least} <= ${value} <= ${most}`,
		);
		if (value > least) least = value;
	}
}

/** Work that moves something in each of the files. */
const work = () => void Buffer.alloc(8 << 20, 1);

const moving: Record<string, RegExp> = {
	softirq: /TIMER|SCHED|RCU/,
	irq: /LOC|_timer|CAL|RES/,
	cpu: /ctxt/,
	vm: /pgfault/,
};

for (const source of [softirq, irq, cpu, vm] as Source<TextAt>[])
	test(`${source.name}: every counter lies between a reading before and one after`, async () => {
		assert.equal(source.absence(), null);
		const counters = source.list();
		const before = readings[source.name]!();
		const { columns, ts } = await sample(source, counters, {
			period: nanoseconds(1e6),
			duration: fromSeconds(0.2),
			meanwhile: work,
		});
		const after = readings[source.name]!();
		assert.deepEqual(new Set(counters.map(counterId)), new Set(before.keys()), "all that the file has, and no more");
		assert.equal(new Set(counters.map(counterId)).size, counters.length);
		assert.ok(ts.length > 1);
		counters.forEach((counter, i) => {
			checkColumn(counter, columns[i]!, before, after);
		});
		const moved = counters.some((c, i) => moving[source.name]!.test(c.name) && new Set(columns[i]).size > 1);
		assert.ok(moved, "something moved");
	});

test("gauges that hold still are what the file says", async () => {
	const counters = vm.list().filter((c) => /^(MemTotal|Hugepagesize|VmallocTotal|SwapTotal)$/.test(c.name));
	const running = cpu.list().filter((c) => c.name === "procs_running");
	const reading = readings.vm!();
	const { columns } = await sample(vm, counters, { duration: nanoseconds(100e6) });
	assert.ok(counters.length >= 2);
	for (const [i, counter] of counters.entries())
		assert.deepEqual(new Set(columns[i]), new Set([reading.get(counterId(counter))]), counterId(counter));
	const sampled = await sample(cpu, running, { duration: nanoseconds(100e6) });
	for (const tasks of sampled.columns[0]!) assert.ok(Number(tasks) >= 1, "the sampler itself runs");
});

const recorded = (path: string): string => readFileSync(new URL(`../../../kernel/${path}`, import.meta.url), "utf8");
const ids = (counters: readonly Counter[]): string[] => counters.map(counterId);

test("irq: rows of one CPU, of the machine, shared, without device", () => {
	const counters = irqCounters(recorded("irq/fixtures/one-cpu.txt"));
	assert.deepEqual(ids(counters), [
		"irq:cpu0/0_timer",
		"irq:cpu0/8_rtc0",
		"irq:cpu0/16_ehci_hcd:usb1_i801_smbus",
		"irq:cpu0/17",
		"irq:cpu0/24_mlx5_comp0_pci:0000:08:00.0",
		"irq:cpu0/NMI",
		"irq:cpu0/LOC",
		"irq:ERR",
		"irq:MIS",
	]);
	const [timer, , shared, , mlx5, nmi] = counters;
	assert.deepEqual(timer!.at, {
		path: "/proc/interrupts",
		line: 1,
		label: "  0:",
		field: 1,
		kind: "u64",
		headers: [{ line: 0, text: "           CPU0" }],
		keys: [{ field: 4, text: "timer" }],
	});
	assert.deepEqual(
		shared!.at.keys!.map(({ text }) => text),
		["ehci_hcd", "usb1,", "i801_smbus"],
	);
	assert.deepEqual(mlx5!.at.keys!.at(-1), { field: 9, text: "00.0" });
	assert.deepEqual(nmi!.at.keys, []);
	assert.match(shared!.help, /Interrupt 16, of ehci_hcd:usb1, i801_smbus/);
	assert.equal(timer!.width, 32);
});

test("irq: CPUs that are not in a row, and the rows of another architecture", () => {
	const counters = irqCounters(recorded("irq/fixtures/arm64.txt"));
	assert.deepEqual(
		ids(counters).filter((id) => !/cpu[03]/.test(id)),
		["irq:cpu2/11_arch_timer", "irq:cpu2/14_eth0-TxRx-0", "irq:cpu2/15", "irq:cpu2/IPI0", "irq:cpu2/IPI1", "irq:Err"],
	);
	const ipi = counters.find((c) => counterId(c) === "irq:cpu3/IPI0")!;
	assert.equal(ipi.help, "Rescheduling interrupts; those that cpu3 took.");
	assert.deepEqual([ipi.at.line, ipi.at.label, ipi.at.field, ipi.at.keys], [4, "IPI0:", 3, []]);
});

test("softirq: backlog columns, with and without the CPU's number", () => {
	const told = softnetCounters(recorded("softirq/fixtures/softnet-15-columns.txt"), []);
	assert.deepEqual(
		ids(told).filter((id) => id.startsWith("softirq:cpu10/")),
		["processed", "dropped", "time_squeeze", "received_rps", "flow_limit_count", "backlog_len"].map(
			(name) => `softirq:cpu10/softnet_${name}`,
		),
	);
	assert.deepEqual(told.at(-1)!.at.keys, [{ field: 12, text: "0000000a" }]);
	assert.equal(told.at(-1)!.semantics, "gauge");
	assert.equal(told.at(-1)!.width, 64);
	const untold = softnetCounters(recorded("softirq/fixtures/softnet-11-columns.txt"), [0, 3]);
	assert.deepEqual(
		ids(untold).filter((id) => id.endsWith("count") || id.endsWith("len")),
		["softirq:cpu0/softnet_flow_limit_count", "softirq:cpu3/softnet_flow_limit_count"],
	);
});

test("softirq: a line that has become another CPU's is null, and so is a table with other CPUs", async () => {
	const folder = mkdtempSync(join(tmpdir(), "countersink-softirq-"));
	try {
		const softnet = recorded("softirq/fixtures/softnet-15-columns.txt");
		const softirqs = "       CPU0       CPU1       \n  HI:     1   2\n";
		const paths = [`${folder}/softnet`, `${folder}/softirqs`] as const;
		writeFileSync(paths[0], softnet);
		writeFileSync(paths[1], softirqs);
		const counters = [...softnetCounters(softnet, [], paths[0]), ...softirqCounters(softirqs, paths[1])];
		let calls = 0;
		const { columns } = await sample(softirq, counters, {
			duration: fromSeconds(0.6),
			meanwhile: () => {
				if (++calls < 10) return;
				writeFileSync(paths[0], softnet.split("\n").slice(1).join("\n")); // CPU 0 went offline.
				writeFileSync(paths[1], softirqs.replace("CPU1", "CPU3"));
			},
		});
		const processed = counters.findIndex((c) => c.name === "softnet_processed");
		assert.deepEqual(new Set(columns[processed]!), new Set([0xa1b2n, null]));
		assert.equal(counters.length, 14);
		for (const column of columns) assert.equal(column.at(-1), null);
	} finally {
		rmSync(folder, { recursive: true });
	}
});

test("cpu: an older kernel has fewer times", () => {
	const counters = cpuCounters(recorded("cpu/fixtures/eight-times.txt"));
	const found = ids(counters);
	assert.equal(found.filter((id) => id.startsWith("cpu:cpu11/")).length, 8);
	assert.ok(!found.some((id) => id.includes("guest") || id.includes("btime")));
	assert.deepEqual(found.slice(-6), [
		"cpu:intr",
		"cpu:ctxt",
		"cpu:processes",
		"cpu:procs_running",
		"cpu:procs_blocked",
		"cpu:softirq",
	]);
	assert.deepEqual(counters[0]!.at, { path: "/proc/stat", line: 0, label: "cpu ", field: 1, kind: "u64" });
	assert.equal(counters[0]!.unit, "ticks");
});

test("vm: amounts and events, and their units", () => {
	const names = [
		["nr_free_pages", "gauge", "pages"],
		["nr_dirtied", "counter", "pages"],
		["nr_foll_pin_released", "counter", "pages"],
		["nr_tlb_remote_flush", "counter", "events"],
		["nr_kernel_stack", "gauge", "kB"],
		["nr_anon_transparent_hugepages", "gauge", "items"],
		["nr_dirty_threshold", "gauge", "pages"],
		["workingset_nodes", "gauge", "items"],
		["workingset_refault_file", "counter", "pages"],
		["pgpgin", "counter", "kB"],
		["pgfault", "counter", "events"],
		["pgmigrate_success", "counter", "pages"],
		["pgalloc_normal", "counter", "pages"],
		["pgscan_direct", "counter", "pages"],
		["pgscan_direct_throttle", "counter", "events"],
		["allocstall_movable", "counter", "events"],
		["slabs_scanned", "counter", "items"],
		["numa_hit", "counter", "events"],
		["compact_free_scanned", "counter", "pages"],
		["oom_kill", "counter", "events"],
		["thp_fault_alloc", "counter", "events"],
	];
	const counters = vmstatCounters(names.map(([name]) => `${name} 1\n`).join(""));
	assert.deepEqual(
		counters.map(({ name, semantics, unit }) => [name, semantics, unit]),
		names,
	);
	assert.deepEqual(
		meminfoCounters(recorded("vm/fixtures/meminfo.txt")).map((c) => [counterId(c), c.unit]),
		[
			["vm:meminfo/MemTotal", "kB"],
			["vm:meminfo/Active(anon)", "kB"],
			["vm:meminfo/HugePages_Total", "items"],
			["vm:meminfo/Hugepagesize", "kB"],
		],
	);
});

test("every counter has a sentence of help and an id that survives a glob", () => {
	for (const source of [softirq, irq, cpu, vm] as Source<TextAt>[])
		for (const counter of source.list()) {
			assert.match(counter.help, /^[A-Z].*[^.]\.$/, counterId(counter));
			assert.doesNotMatch(counterId(counter).slice(source.name.length + 1), /[@?*[\]{}\s]/, counterId(counter));
		}
});
