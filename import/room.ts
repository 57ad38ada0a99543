// SPDX-License-Identifier: Apache-2.0
/** Room on the disk: a small file can hold a large table, and what is made of it must not fill the disk of whoever looks at it. */
import { readdirSync, statfsSync, statSync } from "node:fs";
import { join } from "node:path";

/** Of what was free at the beginning. */
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

	/** @param stop called when there is too much; what was stopped then asks check() why */
	constructor(folder: string, stop: () => void) {
		this.#folder = folder;
		this.#most = SHARE * freeAt(folder);
		this.#timer = setInterval(() => {
			this.#exceeded ||= bytesIn(this.#folder) > this.#most;
			if (this.#exceeded) stop();
		}, LOOK_MS).unref();
	}

	/** @throws Error as of a full disk when there is too much */
	check(): void {
		if (this.#exceeded) throw new Error("the disk is full, but for what an import leaves to others");
	}

	close(): void {
		clearInterval(this.#timer);
	}
}
