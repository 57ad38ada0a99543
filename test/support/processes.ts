// SPDX-License-Identifier: Apache-2.0
/** Other processes, as /proc shows them. */
import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

const PATIENCE_MS = 60_000;

/** Polls until the condition holds. After a minute it fails and says what was waited for. */
export async function until(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
	const deadline = Date.now() + PATIENCE_MS;
	while (!(await condition())) {
		if (Date.now() > deadline) throw new Error(`waited ${PATIENCE_MS} ms in vain for: ${what}`);
		await sleep(2);
	}
}

/** The state letter of /proc/PID/stat: R, S, D, T (stopped), Z (dead, not reaped); null where there is no such
 *  process. */
export function stateOf(pid: number): string | null {
	try {
		const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
		return stat.slice(stat.lastIndexOf(")") + 2)[0]!;
	} catch {
		return null;
	}
}

export const isGone = (pid: number): boolean => [null, "Z", "X"].includes(stateOf(pid));

/** Processes that inherited this word in their environment, except zombies. */
export function processesWith(word: string): number[] {
	return readdirSync("/proc")
		.filter((name) => /^[0-9]+$/.test(name))
		.map(Number)
		.filter((pid) => {
			try {
				return readFileSync(`/proc/${pid}/environ`, "latin1").includes(word) && !isGone(pid);
			} catch {
				return false;
			}
		});
}

/** All children of a process. */
export function childrenOf(pid: number): number[] {
	try {
		return readFileSync(`/proc/${pid}/task/${pid}/children`, "latin1").split(" ").filter(Boolean).map(Number);
	} catch {
		return [];
	}
}

/** The first 15 characters of the name of its program. */
export const nameOf = (pid: number): string => {
	try {
		return readFileSync(`/proc/${pid}/comm`, "utf8").trim();
	} catch {
		return "";
	}
};
