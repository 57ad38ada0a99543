// SPDX-License-Identifier: Apache-2.0
/** Where the bytes of one exported file go. */
import { closeSync, openSync, writeSync } from "node:fs";
import type { Writable } from "node:stream";
import { once } from "node:events";

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

/** A pipe, that is written as fast as its reader reads. */
export class PipeSink implements Sink {
	readonly path = null;
	readonly #out: Writable;

	constructor(out: Writable) {
		this.#out = out;
	}

	async write(bytes: Uint8Array): Promise<void> {
		/* A stream keeps what it was given until it is written. */
		if (!this.#out.write(Uint8Array.from(bytes))) await once(this.#out, "drain");
	}
}
