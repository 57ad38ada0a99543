// SPDX-License-Identifier: Apache-2.0
/**
 * The meaning of the files of a cgroup. Sources of the facts: Documentation/admin-guide/cgroup-v2.rst and cgroup-v1/,
 * and kernel/cgroup/rstat.c (cpu.stat), kernel/sched/core.c and cpuacct.c, mm/memcontrol.c and memcontrol-v1.c,
 * kernel/cgroup/pids.c, block/blk-cgroup.c, block/blk-throttle.c. All counters are 64 bits wide.
 */
import type { CellType, Semantics, Unit } from "../source.js";

export interface Meaning {
	readonly unit: Unit;
	readonly semantics: Semantics;
	readonly type: CellType;
	readonly help: string;
}

const counter = (unit: Unit, help: string): Meaning => ({ unit, semantics: "counter", type: "u64", help });
const gauge = (unit: Unit, help: string): Meaning => ({ unit, semantics: "gauge", type: "u64", help });
const flag = (help: string): Meaning => ({ unit: "none", semantics: "flag", type: "u64", help });

/** Files with one number. */
export const numbers: Readonly<Record<string, Meaning>> = {
	"memory.current": gauge(
		"bytes",
		"Memory charged to the cgroup and its descendants; CPUs charge in steps of 64 pages.",
	),
	"memory.peak": gauge("bytes", "Largest memory.current since the cgroup was made."),
	"memory.swap.current": gauge("bytes", "Swap in use by the cgroup and its descendants."),
	"memory.swap.peak": gauge("bytes", "Largest memory.swap.current since the cgroup was made."),
	"memory.zswap.current": gauge("bytes", "Memory that holds compressed swap of the cgroup and its descendants."),
	"pids.current": gauge("tasks", "Processes and threads in the cgroup and its descendants."),
	"pids.peak": gauge("tasks", "Largest pids.current since the cgroup was made."),
	"cpuacct.usage": counter("ns", "CPU time of the cgroup and its descendants."),
	"cpuacct.usage_user": counter("ns", "CPU time in user mode of the cgroup and its descendants."),
	"cpuacct.usage_sys": counter("ns", "CPU time in the kernel of the cgroup and its descendants."),
	"memory.usage_in_bytes": gauge(
		"bytes",
		"Memory charged to the cgroup and its descendants; CPUs charge in steps of 64 pages.",
	),
	"memory.max_usage_in_bytes": gauge(
		"bytes",
		"Largest memory.usage_in_bytes since the cgroup was made or this was reset.",
	),
	"memory.failcnt": counter("events", "Times the memory limit was hit; writing to the file resets it."),
	"memory.memsw.usage_in_bytes": gauge("bytes", "Memory and swap charged to the cgroup and its descendants."),
	"memory.memsw.failcnt": counter(
		"events",
		"Times the limit of memory and swap was hit; writing to the file resets it.",
	),
	"memory.kmem.usage_in_bytes": gauge("bytes", "Kernel memory charged to the cgroup and its descendants."),
	"memory.kmem.tcp.usage_in_bytes": gauge("bytes", "TCP buffer memory charged to the cgroup and its descendants."),
};

const lag = "up to 2 s old while little changes";

/** memory.stat has too many keys to describe each; they follow a few rules. The first match decides. */
const memoryRules: readonly (readonly [RegExp, (key: string) => Meaning])[] = [
	[/^hierarchical_/, (key) => gauge("bytes", `Lowest limit of the cgroup and its ancestors (${key} of memory.stat).`)],
	[
		/^(total_)?(pgfault|pgmajfault|pgpgin|pgpgout|thp_|numa_(?!pages)|workingset_nodereclaim)/,
		(key) => counter("events", `Events that the kernel counts as ${key} in memory.stat; ${lag}.`),
	],
	[
		/^(total_)?(workingset_|pgscan|pgsteal|pgrefill|pgactivate|pgdeactivate|pglazyfree|pgdemote|pgpromote|pswp|swpin|swpout|zswp|numa_pages)/,
		(key) => counter("pages", `Pages that the kernel counts as ${key} in memory.stat; ${lag}.`),
	],
	[/./, (key) => gauge("bytes", `Memory that the kernel counts as ${key} in memory.stat; ${lag}.`)],
];

const periods = {
	nr_periods: counter("events", "Periods of the CPU limit that passed while the cgroup was runnable."),
	nr_throttled: counter("events", "Periods in which the cgroup used up its CPU limit and was stopped."),
	nr_bursts: counter("events", "Periods in which the cgroup ran beyond its limit on saved time."),
};

type Keys = (key: string) => Meaning | undefined;
const table =
	(meanings: Readonly<Record<string, Meaning>>): Keys =>
	(key) =>
		meanings[key];
const events =
	(file: string): Keys =>
	(key) =>
		counter("events", `Times that ${file} counts as ${key}, in the cgroup and its descendants.`);

/** Files with lines "key number". A key without a meaning here is not listed. */
export const keyed: Readonly<Record<string, Keys>> = {
	"cpu.stat": table({
		usage_usec: counter("us", "CPU time; advances when the scheduler accounts, at each tick and switch."),
		user_usec: counter("us", "CPU time in user mode; advances when the scheduler accounts, at each tick and switch."),
		system_usec: counter(
			"us",
			"CPU time in the kernel; advances when the scheduler accounts, at each tick and switch.",
		),
		nice_usec: counter("us", "CPU time in user mode of tasks with a nice value above 0."),
		"core_sched.force_idle_usec": counter("us", "Time that sibling CPUs were kept idle for core scheduling."),
		...periods,
		throttled_usec: counter("us", "Time that the cgroup was stopped by its CPU limit, added up over CPUs."),
		throttled_time: counter("ns", "Time that the cgroup was stopped by its CPU limit, added up over CPUs."),
		burst_usec: counter("us", "CPU time used beyond the limit, added up over CPUs."),
		burst_time: counter("ns", "CPU time used beyond the limit, added up over CPUs."),
	}),
	"cpu.stat.local": table({
		throttled_usec: counter("us", "Time that the cgroup was stopped by its own limit or that of an ancestor."),
		throttled_time: counter("ns", "Time that the cgroup was stopped by its own limit or that of an ancestor."),
	}),
	"cpuacct.stat": table({
		user: counter("ticks", "CPU time in user mode, in units of 10 ms."),
		system: counter("ticks", "CPU time in the kernel, in units of 10 ms."),
	}),
	"memory.stat": (key) => memoryRules.find(([pattern]) => pattern.test(key))?.[1](key),
	"memory.events": events("memory.events"),
	"memory.events.local": (key) =>
		counter("events", `Times that memory.events.local counts as ${key}, in this cgroup alone.`),
	"memory.swap.events": events("memory.swap.events"),
	"memory.oom_control": table({
		oom_kill_disable: flag("1 while the OOM killer is switched off for the cgroup."),
		under_oom: flag("1 while tasks of the cgroup are stopped for lack of memory."),
		oom_kill: counter("events", "Processes of the cgroup that the OOM killer killed."),
	}),
	"pids.events": events("pids.events"),
	"cgroup.stat": (key) =>
		/^nr_(dying_)?descendants$/.test(key)
			? gauge(
					"items",
					key === "nr_descendants"
						? "Cgroups below this one."
						: "Removed cgroups below this one that still hold memory.",
				)
			: undefined,
};

/** io.stat: lines "major:minor key=number ...". */
export const io: Readonly<Record<string, Meaning>> = {
	rbytes: counter("bytes", "Bytes read from the device."),
	wbytes: counter("bytes", "Bytes written to the device."),
	rios: counter("requests", "Reads of the device."),
	wios: counter("requests", "Writes to the device."),
	dbytes: counter("bytes", "Bytes discarded on the device."),
	dios: counter("requests", "Discards on the device."),
};

/** cgroup v1 block files: lines "major:minor Operation number". Writing to blkio.reset_stats resets the bfq ones. */
export const blkio: Readonly<Record<string, (operation: string) => Meaning>> = Object.fromEntries(
	["throttle", "bfq"].flatMap((policy) =>
		["", "_recursive"].flatMap((scope) => {
			const whose = scope === "" ? "of the cgroup alone" : "of the cgroup and its descendants";
			const bytes = (op: string) => counter("bytes", `Bytes of ${op} requests to the device ${whose}.`);
			const requests = (op: string) => counter("requests", `${op} requests to the device ${whose}.`);
			return [
				[`blkio.${policy}.io_service_bytes${scope}`, bytes],
				[`blkio.${policy}.io_serviced${scope}`, requests],
			] as const;
		}),
	),
);

/** Files in the format of /proc/pressure, and the resource that they are about. */
export const pressures: Readonly<Record<string, string>> = {
	"cpu.pressure": "cpu",
	"memory.pressure": "memory",
	"io.pressure": "io",
	"irq.pressure": "irq",
};
