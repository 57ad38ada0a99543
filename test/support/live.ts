// SPDX-License-Identifier: Apache-2.0
/** A running recording that answers, as a process of its own. */

import type { SpawnOptions } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { socketPlaces } from "../../record/live/place.js";
import { type Running, start } from "./countersink.js";
import { until } from "./processes.js";

export interface Live extends Running {
	readonly path: string;
	/** Path of its socket. */
	readonly socket: string;
}

/** The sockets of a file, whichever of these users records it. */
function socketOf(path: string, uid: number): string | undefined {
	const stat = statSync(path, { throwIfNoEntry: false });
	return stat && socketPlaces(stat, [uid]).find((place) => existsSync(place));
}

const inode = (path: string | undefined): number | undefined =>
	path === undefined ? undefined : statSync(path, { throwIfNoEntry: false })?.ino;

/** Starts an endless recording of the synthetic source. Resolves when it can be asked. */
export async function record(
	path: string,
	event = "synthetic:0/*@1kHz",
	more: readonly string[] = [],
	options: SpawnOptions = {},
): Promise<Live> {
	const uid = options.uid ?? process.getuid!();
	/* These are of a killed recorder. The next recorder makes a new socket before they go. */
	const stale = inode(socketOf(path, uid));
	const running = start(["record", "-e", event, "-o", path, ...more], options);
	await until("the recorder answers", async () => {
		if (running.child.exitCode !== null) throw new Error((await running.outcome).stderr);
		const socket = socketOf(path, uid);
		return socket !== undefined && inode(socket) !== stale;
	});
	return { ...running, path, socket: socketOf(path, uid)! };
}

/** Ends the recording as a user would. */
export async function finish({ child, outcome }: Running): Promise<void> {
	child.kill("SIGTERM");
	const { code, stderr } = await outcome;
	if (code !== 0) throw new Error(stderr);
}
