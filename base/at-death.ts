// SPDX-License-Identifier: Apache-2.0
/**
 * Temporary folders of this process. The process removes each when it ends. If the process is killed, or crashes over
 * the bytes that it reads, its supervisor removes them (cli/supervise.ts); the functions here tell the supervisor which
 * there are.
 */
import { rmSync } from "node:fs";
import { basename, resolve } from "node:path";

/** A message from a supervised process to its supervisor. */
export type Told =
	| { readonly kind: "made"; readonly path: string }
	| { readonly kind: "gone"; readonly path: string }
	/** A signal has arrived, and this process acts on it. */
	| { readonly kind: "heard"; readonly signal: string };

/** Hostile bytes may make a process send any path, so the supervisor removes only folders with this name. */
const OURS = /^\.countersink-/;

export const isRemovable = (path: string): boolean => OURS.test(basename(path)) && path === resolve(path);

const made = new Set<string>();
/** Whether the process at the other end of our channel is a supervisor of ours. A program that uses us as a
 *  library may have a parent of its own, which must not be told anything. */
let supervised = false;

export function tellSupervisor(told: Told): void {
	if (supervised && process.connected) process.send!(told, undefined, undefined, () => {});
}

/** Registers a folder that must not outlive this process. @param path of a folder whose name starts with
 *  .countersink- */
export function removedAtDeath(path: string): void {
	const whole = resolve(path);
	made.add(whole);
	tellSupervisor({ kind: "made", path: whole });
}

/** Takes back removedAtDeath(): the folder was removed, or is meant to stay. */
export function notAtDeath(path: string): void {
	const whole = resolve(path);
	if (made.delete(whole)) tellSupervisor({ kind: "gone", path: whole });
}

/** Ends this process when its supervisor is gone: nobody would learn how it ends, and another process has its
 *  terminal now. */
export function endWithSupervisor(): void {
	if (!process.channel) return;
	supervised = true;
	process.on("disconnect", () => {
		for (const path of made) rmSync(path, { recursive: true, force: true });
		process.removeAllListeners("SIGTERM");
		process.kill(process.pid, "SIGTERM");
	});
	/* The channel alone must not keep the process alive. */
	process.channel.unref();
}
