// SPDX-License-Identifier: Apache-2.0
/** Tells which CPUs this process may use, and keeps its helper threads off the CPU that samples. */
import { readdirSync } from "node:fs";
import { call } from "./ffi.js";

const MASK_BYTES = 512;

/** CPU numbers that this process may run on, ascending. */
export function allowedCpus(): number[] {
	const mask = new Uint8Array(MASK_BYTES);
	call("sched_getaffinity", 0, MASK_BYTES, mask);
	return [...mask].flatMap((byte, i) =>
		[0, 1, 2, 3, 4, 5, 6, 7].filter((bit) => byte & (1 << bit)).map((bit) => i * 8 + bit),
	);
}

/**
 * Moves every thread of this process but the main one off a CPU; for a process that does nothing else than record. The
 * main thread keeps all CPUs because a wrapped command inherits its mask, and the command must run as it would without
 * us. Does nothing where the CPU is the only one.
 */
export function keepHelpersOff(cpu: number): void {
	const threads = readdirSync("/proc/self/task").map(Number);
	keepOff(
		cpu,
		threads.filter((thread) => thread !== process.pid),
	);
}

/** Instead of the number of a thread: the one that calls. */
export const CALLING_THREAD = 0;

/** Moves threads off a CPU; what they start later stays off, too. Does nothing where the CPU is the only one. */
export function keepOff(cpu: number, threads: readonly number[]): void {
	const rest = allowedCpus().filter((n) => n !== cpu);
	if (rest.length === 0) return;
	const mask = new Uint8Array(MASK_BYTES);
	for (const n of rest) mask[n >> 3]! |= 1 << (n & 7);
	for (const thread of threads) call("sched_setaffinity", thread, MASK_BYTES, mask);
}
