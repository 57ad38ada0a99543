// SPDX-License-Identifier: Apache-2.0
/** A recording that runs and answers, as a process of its own. */

import type { SpawnOptions } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { socketPlaces } from "../../record/live/place.js";
import { type Running, start } from "./countersink.js";
import { until } from "./processes.js";

export interface Live extends Running {
	readonly path: string;
	/** Where it answers. */
	readonly socket: string;
}

/** Of the file, whoever of these users records it. */
function socketOf(path: string, uid: number): string | undefined {
	const stat = statSync(path, { throwIfNoEntry: false });
	return stat && socketPlaces(stat, [uid]).find((place) => existsSync(place));
}

const inode = (path: string | undefined): number | undefined =>
	path === undefined ? undefined : statSync(path, { throwIfNoEntry: false })?.ino;

/** Starts a recording of the synthetic source without end; resolves when it can be asked. */
export async function record(
	path: string,
	event = "synthetic:0/*@1kHz",
	more: readonly string[] = [],
	options: SpawnOptions = {},
): Promise<Live> {
	const uid = options.uid ?? process.getuid!();
	/* Of a recorder that was killed; the next makes a new one before that goes. */
	const stale = inode(socketOf(path, uid));
	const running = start(["record", "-e", event, "-o", path, ...more], options);
	await until("the recorder answers", async () => {
		if (running.child.exitCode !== null) throw new Error((await running.outcome).stderr);
		const socket = socketOf(path, uid);
		return socket !== undefined && inode(socket) !== stale;
	});
	return { ...running, path, socket: socketOf(path, uid)! };
}

/** Ends it as a user would. */
export async function finish({ child, outcome }: Running): Promise<void> {
	child.kill("SIGTERM");
	const { code, stderr } = await outcome;
	if (code !== 0) throw new Error(stderr);
}
