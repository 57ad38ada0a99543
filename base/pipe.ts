// SPDX-License-Identifier: Apache-2.0
/** Writes bytes to standard output, one piece at a time. The writer waits until the reader has taken the piece. */
import type { Writable } from "node:stream";
import { failure } from "./errors.js";

/** How long to wait for a stalled reader after the user has asked for the end. The last rows are worth some waiting. */
const PATIENCE_MS = 2000;

export class Pipe {
	readonly #out: Writable;
	readonly #patience_ms: number;
	#failed: Error | null = null;
	#wake: () => void = () => {};
	#hurried = false;
	/** The reader has gone. That is not an error, as with `| head`. */
	closed = false;
	/** Resolves when the reader has gone, or writing has failed. */
	readonly abandoned: Promise<void>;

	/** @param patience_ms how long to wait for a stalled reader after the user has asked for the end */
	constructor(out: Writable, patience_ms = PATIENCE_MS) {
		this.#out = out;
		this.#patience_ms = patience_ms;
		this.abandoned = new Promise((resolve) => {
			out.on("error", (error: NodeJS.ErrnoException) => {
				if (error.code === "EPIPE") this.closed = true;
				else this.#failed = failure(`cannot write standard output: ${error.message}`);
				this.#wake();
				resolve();
			});
		});
		out.on("drain", () => this.#wake());
	}

	/** Resolves when the reader has taken the bytes, or has gone. */
	async write(bytes: Uint8Array): Promise<void> {
		if (!this.closed && this.#failed === null && !this.#out.write(bytes)) await this.#taken();
		if (this.#failed) throw this.#failed;
	}

	async #taken(): Promise<void> {
		while (this.#out.writableNeedDrain && !this.closed && !this.#failed) {
			const timer = this.#hurried ? setTimeout(() => this.#giveUp(), this.#patience_ms) : undefined;
			await new Promise<void>((resolve) => {
				this.#wake = resolve;
			});
			clearTimeout(timer);
		}
	}

	#giveUp(): void {
		this.#failed = failure("the reader of standard output takes nothing, so what was recorded last is lost");
		this.#wake();
	}

	/** From now on a stalled reader is waited for at most patience_ms. */
	hurry(): void {
		this.#hurried = true;
		this.#wake();
	}
}
