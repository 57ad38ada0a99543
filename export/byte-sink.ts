// SPDX-License-Identifier: Apache-2.0
/** Takes the bytes of one exported file. */
import { closeSync, openSync, writeSync } from "node:fs";
import type { Writable } from "node:stream";
import { Pipe } from "../base/pipe.js";
import type { ByteSink } from "../encode/number-text.js";

export interface Sink extends ByteSink {
	/** Path of the file, for formats that DuckDB writes; null for standard output. */
	readonly path: string | null;
}

/** A new file, created with the first bytes. */
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

/** How long to wait for a stalled reader after the user has asked for the end. It is 0, since half of an export is
 *  worth nothing. */
const PATIENCE_MS = 0;

/** Standard output, written as fast as its reader reads. */
export class PipeSink implements Sink {
	readonly path = null;
	readonly #pipe: Pipe;

	/** @param signal once it is aborted, a stalled reader is not waited for any longer */
	constructor(out: Writable, signal: AbortSignal) {
		this.#pipe = new Pipe(out, PATIENCE_MS);
		signal.addEventListener("abort", () => this.#pipe.hurry());
	}

	/* A stream keeps the memory that it was given until it has written it, so it gets a copy. */
	write(bytes: Uint8Array): Promise<void> {
		return this.#pipe.write(Uint8Array.from(bytes));
	}
}
