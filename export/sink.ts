// SPDX-License-Identifier: Apache-2.0
/** Where the bytes of one exported file go. */
import { closeSync, openSync, writeSync } from "node:fs";
import type { Writable } from "node:stream";
import { Pipe } from "../storage/pipe.js";

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

/** Thrown to end what nobody reads any more (| head), which is no error. */
export class ReaderGone extends Error {}

/** Standard output, written as fast as its reader reads. */
export class PipeSink implements Sink {
	readonly path = null;
	readonly #pipe: Pipe;

	constructor(out: Writable) {
		this.#pipe = new Pipe(out);
	}

	async write(bytes: Uint8Array): Promise<void> {
		/* A stream keeps what it was given until it is written. */
		await this.#pipe.write(Uint8Array.from(bytes));
		if (this.#pipe.closed) throw new ReaderGone();
	}
}
