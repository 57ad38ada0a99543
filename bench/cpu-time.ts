// SPDX-License-Identifier: Apache-2.0
/** CPU time of other processes, as /proc tells it. */
import { readdirSync, readFileSync } from "node:fs";

/** The unit of CPU time in /proc/PID/stat, per second. */
const TICKS_PER_S = 100;

/** CPU time in ms of the children of this process that have ended, and of theirs: fields 16 and 17 of
 *  /proc/self/stat. */
export function endedChildrenCpu_ms(): number {
	const fields = readFileSync("/proc/self/stat", "utf8")
		.replace(/^.*\) /s, "")
		.split(" ");
	return ((Number(fields[13]) + Number(fields[14])) * 1000) / TICKS_PER_S;
}

/** The result, or the other value when the process or thread ended before it was read. */
function orElse<T>(read: () => T, other: T): T {
	try {
		return read();
	} catch {
		return other;
	}
}

/** Reads a file of each thread of a process. */
function eachThread(pid: number, file: string, use: (thread: number, text: string) => void): void {
	for (const thread of orElse(() => readdirSync(`/proc/${pid}/task`), [])) {
		const text = orElse(() => readFileSync(`/proc/${pid}/task/${thread}/${file}`, "latin1"), null);
		if (text !== null) use(Number(thread), text);
	}
}

/** These processes and all their descendants that still run. */
export function treeOf(roots: readonly number[]): number[] {
	const children: number[] = [];
	for (const pid of roots)
		eachThread(pid, "children", (_, text) => children.push(...text.split(" ").filter(Boolean).map(Number)));
	return children.length === 0 ? [...roots] : [...roots, ...treeOf(children)];
}

/** CPU time in ns of each thread of these processes, by thread id. */
export function threadsCpu_ns(pids: readonly number[]): Map<number, number> {
	const times = new Map<number, number>();
	for (const pid of pids) eachThread(pid, "schedstat", (thread, text) => times.set(thread, Number(text.split(" ")[0])));
	return times;
}

/** CPU time in ns between two readings. A thread that ended in between is left out. */
export function spent_ns(before: ReadonlyMap<number, number>, after: ReadonlyMap<number, number>): number {
	let spent = 0;
	for (const [thread, ran_ns] of after) spent += ran_ns - (before.get(thread) ?? 0);
	return spent;
}
