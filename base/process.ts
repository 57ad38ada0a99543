// SPDX-License-Identifier: Apache-2.0
/** Processes told apart for good: a number is given again, a number with the moment of its start is not. */
import { readFileSync } from "node:fs";

function read(path: string): string | null {
	try {
		return readFileSync(path, "latin1");
	} catch {
		return null;
	}
}

/** Fields of /proc/PID/stat behind the name, which may hold anything: state is the first, the start the twentieth (proc(5)). */
const STATE = 0;
const STARTED = 19;

/** When a process was started, in clock ticks since the boot; null: there is none of this number, or it is dead and not yet reaped. */
export function startedAt(pid: number): number | null {
	const stat = read(`/proc/${pid}/stat`);
	if (stat === null) return null;
	const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
	return ["Z", "X"].includes(fields[STATE]!) ? null : Number(fields[STARTED]);
}

/** Of this boot of this machine; null where the kernel does not say. */
export const bootId = (): string | null => read("/proc/sys/kernel/random/boot_id")?.trim() ?? null;

/** A process as it can be found again, also by somebody else, later. */
export interface ProcessId {
	readonly pid: number;
	/** startedAt() when it was looked at. */
	readonly started: number;
	readonly boot: string;
}

/** null: it is gone already. */
export function processId(pid: number): ProcessId | null {
	const started = startedAt(pid);
	const boot = bootId();
	return started === null || boot === null ? null : { pid, started, boot };
}

/** Whether it is still there. */
export const isRunning = ({ pid, started, boot }: ProcessId): boolean =>
	startedAt(pid) === started && bootId() === boot;
