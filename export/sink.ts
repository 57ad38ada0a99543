// SPDX-License-Identifier: Apache-2.0
/** Where the bytes of one exported file go. */
import { closeSync, openSync, writeSync } from "node:fs";
import type { Writable } from "node:stream";
import { Pipe } from "../base/pipe.js";

export interface Sink {
	/** The file, for formats that something else writes; null: standard output. */
	readonly path: string | null;
	/** Takes the bytes before it resolves: the buffer may be filled again afterwards. */
	write(bytes: Uint8Array): Promise<void>;
}

/** A new file, made with the first bytes. */
export class FileSink implements Sink {
	readonly path: string;
	#fd: number | null = null;

	constructor(path: string) {
		this.path = path;
	}

	async write(bytes: Uint8Array): Promise<void> {
		this.#fd ??= openSync(this.path, "wx");
		for (let done = 0; done < bytes.byteLength; ) done += writeSync(this.#fd, bytes, done);
	}

	close(): void {
		if (this.#fd !== null) closeSync(this.#fd);
		this.#fd = null;
	}
}

/** How long a reader that takes nothing is waited for once the user has asked for the end: half of an export is worth nothing to it. */
const PATIENCE_MS = 0;

/** Standard output, written as fast as its reader reads. */
export class PipeSink implements Sink {
	readonly path = null;
	readonly #pipe: Pipe;

	/** @param signal when it is aborted, a reader who takes nothing is not waited for any longer */
	constructor(out: Writable, signal: AbortSignal) {
		this.#pipe = new Pipe(out, PATIENCE_MS);
		signal.addEventListener("abort", () => this.#pipe.hurry());
	}

	/* A stream keeps what it was given until it is written. */
	write(bytes: Uint8Array): Promise<void> {
		return this.#pipe.write(Uint8Array.from(bytes));
	}
}
