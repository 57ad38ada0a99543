// SPDX-License-Identifier: Apache-2.0
/** Watches the room on the disk. A small file can hold a large table, and importing it must not fill the user's
 *  disk. */
import { readdirSync, statfsSync, statSync } from "node:fs";
import { join } from "node:path";

/** The share of the room free at the start that an import may take. */
const SHARE = 0.8;
const LOOK_MS = 200;

/** Bytes that the files of a folder take on the disk. */
function bytesIn(folder: string): number {
	let bytes = 0;
	for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true }))
		if (entry.isFile())
			bytes += 512 * (statSync(join(entry.parentPath, entry.name), { throwIfNoEntry: false })?.blocks ?? 0);
	return bytes;
}

function freeAt(folder: string): number {
	const { bavail, bsize } = statfsSync(folder);
	return bavail * bsize;
}

export class Room {
	readonly #folder: string;
	readonly #most: number;
	readonly #timer: NodeJS.Timeout;
	#exceeded = false;

	/** @param stop is called when too much room is taken; the stopped step then calls check() to learn why */
	constructor(folder: string, stop: () => void) {
		this.#folder = folder;
		this.#most = SHARE * freeAt(folder);
		this.#timer = setInterval(() => {
			this.#exceeded ||= bytesIn(this.#folder) > this.#most;
			if (this.#exceeded) stop();
		}, LOOK_MS).unref();
	}

	/** @throws Error like that of a full disk when too much room is taken */
	check(): void {
		if (this.#exceeded) throw new Error("the disk is full, except for what an import leaves to others");
	}

	close(): void {
		clearInterval(this.#timer);
	}
}
