// SPDX-License-Identifier: Apache-2.0
/**
 * Folders that a process makes for a while. Each removes its own when it ends; for one that is killed, or crashes over the bytes that it
 * reads, its supervisor does (cli/supervise.ts), which is told of them here.
 */
import { rmSync } from "node:fs";
import { basename, resolve } from "node:path";

/** What a supervised process says to its supervisor. */
export type Told =
	| { readonly kind: "made"; readonly path: string }
	| { readonly kind: "gone"; readonly path: string }
	/** A signal has come, and is being answered. */
	| { readonly kind: "heard"; readonly signal: string };

/** Whoever reads hostile bytes may be made to tell anything: nothing of another name is ever removed for it. */
const OURS = /^\.countersink-/;

export const isRemovable = (path: string): boolean => OURS.test(basename(path)) && path === resolve(path);

const made = new Set<string>();

export function tellSupervisor(told: Told): void {
	if (process.connected) process.send!(told, undefined, undefined, () => {});
}

/** @param path of a folder whose name begins with .countersink- */
export function removedAtDeath(path: string): void {
	const whole = resolve(path);
	made.add(whole);
	tellSupervisor({ kind: "made", path: whole });
}

/** It was removed, or is to stay. */
export function notAtDeath(path: string): void {
	const whole = resolve(path);
	if (made.delete(whole)) tellSupervisor({ kind: "gone", path: whole });
}

/** Ends this process when its supervisor is gone: nobody would learn what becomes of it, and its terminal is another's. */
export function endWithSupervisor(): void {
	if (!process.channel) return;
	process.on("disconnect", () => {
		for (const path of made) rmSync(path, { recursive: true, force: true });
		process.removeAllListeners("SIGTERM");
		process.kill(process.pid, "SIGTERM");
	});
	/* The channel alone is no reason to go on. */
	process.channel.unref();
}
