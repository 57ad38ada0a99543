// SPDX-License-Identifier: Apache-2.0
/** Identifies processes for good. The kernel gives a number again; a number together with its start time is unique. */
import { readFileSync } from "node:fs";

function read(path: string): string | null {
	try {
		return readFileSync(path, "latin1");
	} catch {
		return null;
	}
}

/** Indexes of fields in /proc/PID/stat, counted after the name, which may hold anything (proc(5)). */
const STATE = 0;
const STARTED = 19;

/** The start time of a process, in clock ticks since the boot. Null where no process has this number, or it is dead and
 *  not yet reaped. */
export function startedAt(pid: number): number | null {
	const stat = read(`/proc/${pid}/stat`);
	if (stat === null) return null;
	const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
	return ["Z", "X"].includes(fields[STATE]!) ? null : Number(fields[STARTED]);
}

/** The id of the current boot of this machine; null where the kernel does not tell it. */
export const bootId = (): string | null => read("/proc/sys/kernel/random/boot_id")?.trim() ?? null;

/** A process, identified so that another process can find it later. */
export interface ProcessId {
	readonly pid: number;
	/** startedAt() at the time when the process was identified. */
	readonly started: number;
	readonly boot: string;
}

/** The identity of a running process; null if it is gone already. */
export function processId(pid: number): ProcessId | null {
	const started = startedAt(pid);
	const boot = bootId();
	return started === null || boot === null ? null : { pid, started, boot };
}

/** Whether the process still runs. */
export const isRunning = ({ pid, started, boot }: ProcessId): boolean =>
	startedAt(pid) === started && bootId() === boot;
