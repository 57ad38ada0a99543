// SPDX-License-Identifier: Apache-2.0
/** What /proc/stat counts. Source: fs/proc/stat.c, kernel/sched/cputime.c. */
import type { Semantics, Unit } from "../source.js";

/**
 * The columns of a cpu line, in the order of fs/proc/stat.c; older kernels have fewer. The kernel keeps them as u64
 * nanoseconds and prints them in ticks of USER_HZ (10 ms). Where the scheduler tick does the accounting they move in
 * whole ticks of CONFIG_HZ.
 */
export const times: readonly (readonly [name: string, help: string])[] = [
	["user", "Time in user mode at default or higher priority; contains guest"],
	["nice", "Time in user mode at lowered priority; contains guest_nice"],
	["system", "Time in the kernel, without interrupts"],
	["idle", "Time with nothing to run and no disk request of this CPU's tasks outstanding"],
	["iowait", "Idle time with such a request outstanding; may fall, because tasks move while they wait"],
	["irq", "Time in hard interrupts"],
	["softirq", "Time in softirqs"],
	["steal", "Time the hypervisor ran something else although this CPU had work"],
	["guest", "Time running a guest's CPU"],
	["guest_nice", "Time running a guest's CPU at lowered priority"],
];

/** A line that counts for the machine; its first number is the counter. */
export interface Line {
	readonly unit: Unit;
	readonly semantics: Semantics;
	readonly width: number;
	readonly help: string;
}

/** A long has 64 bits on the machines that are supported. btime is not listed, because it is a date that does not
 *  change. */
export const machineLines: Record<string, Line> = {
	intr: {
		unit: "events",
		semantics: "counter",
		width: 64,
		help: "Hard interrupts taken by all CPUs, of devices and of the CPUs' own.",
	},
	ctxt: { unit: "events", semantics: "counter", width: 64, help: "Context switches of all CPUs." },
	processes: {
		unit: "tasks",
		semantics: "counter",
		width: 64,
		help: "Tasks created since boot, threads included.",
	},
	procs_running: { unit: "tasks", semantics: "gauge", width: 64, help: "Tasks that run or could run now." },
	procs_blocked: { unit: "tasks", semantics: "gauge", width: 64, help: "Tasks that wait for a disk request now." },
	softirq: {
		unit: "events",
		semantics: "counter",
		width: 64,
		help: "Softirqs run by all CPUs; a sum of 32-bit counts, so it falls by 2^32 when one of those wraps.",
	},
};
