// SPDX-License-Identifier: Apache-2.0
/** Steps behind everything else that wants the machine. */
import { readdirSync, writeFileSync } from "node:fs";
import { setPriority } from "node:os";
import { keepOff } from "./affinity.js";

const LAST = 19;

/** Every thread of this process: last in line for CPU time, never on one CPU (-1: on any), and first to go when memory runs out.
 *  Threads that are started later inherit it. */
export function stepBack(cpu: number): void {
	const threads = readdirSync("/proc/self/task").map(Number);
	for (const thread of threads) setPriority(thread, LAST);
	keepOff(cpu, threads);
	writeFileSync("/proc/self/oom_score_adj", "1000");
}
