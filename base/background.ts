// SPDX-License-Identifier: Apache-2.0
/** Gives way to everything else that runs on the machine. */
import { readdirSync, writeFileSync } from "node:fs";
import { setPriority } from "node:os";
import { keepOff } from "./affinity.js";

const LAST = 19;

/** Gives every thread of this process the lowest priority, keeps it off one CPU (-1: uses all), and makes the process
 *  the first that the kernel kills when memory runs out. Threads that are started later inherit this. */
export function stepBack(cpu: number): void {
	const threads = readdirSync("/proc/self/task").map(Number);
	for (const thread of threads) setPriority(thread, LAST);
	keepOff(cpu, threads);
	writeFileSync("/proc/self/oom_score_adj", "1000");
}
