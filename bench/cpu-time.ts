// SPDX-License-Identifier: Apache-2.0
/** CPU time of other processes, as /proc tells it. */
import { readdirSync, readFileSync } from "node:fs";
import { childrenOf } from "../test/support/processes.js";

/** The unit of CPU time in /proc/PID/stat, per second. */
const TICKS_PER_S = 100;

/** CPU time in ms of the children of this process that have ended, and of theirs: fields 16 and 17 of /proc/self/stat. */
export function endedChildrenCpu_ms(): number {
	const fields = readFileSync("/proc/self/stat", "utf8")
		.replace(/^.*\) /s, "")
		.split(" ");
	return ((Number(fields[13]) + Number(fields[14])) * 1000) / TICKS_PER_S;
}

/** These processes and all their descendants that still run. */
export function treeOf(roots: readonly number[]): number[] {
	return roots.flatMap((pid) => [pid, ...treeOf(childrenOf(pid))]);
}

/** CPU time in ns of each thread of these processes, by thread id. */
export function threadsCpu_ns(pids: readonly number[]): Map<number, number> {
	const times = new Map<number, number>();
	for (const pid of pids) {
		try {
			for (const thread of readdirSync(`/proc/${pid}/task`)) {
				const [ran_ns] = readFileSync(`/proc/${pid}/task/${thread}/schedstat`, "latin1").split(" ");
				times.set(Number(thread), Number(ran_ns));
			}
		} catch {
			/* The process or the thread ended between two reads. */
		}
	}
	return times;
}

/** CPU time in ns between two readings. A thread that ended in between is left out. */
export function spent_ns(before: ReadonlyMap<number, number>, after: ReadonlyMap<number, number>): number {
	let spent = 0;
	for (const [thread, ran_ns] of after) spent += ran_ns - (before.get(thread) ?? 0);
	return spent;
}
