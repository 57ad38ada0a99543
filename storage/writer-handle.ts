// SPDX-License-Identifier: Apache-2.0
/** The writer worker as the main thread sees it: messages in, promises out. */
import { Worker } from "node:worker_threads";
import { Subject } from "rxjs";
import { failure } from "../base/errors.js";
import type { FromWriter, ToWriter, WriterSetup } from "./protocol.js";

export class WriterHandle {
	readonly #worker: Worker;
	#asked = 0;
	readonly #held = new Map<number, () => void>();
	readonly ready: Promise<void>;
	readonly finished: Promise<Extract<FromWriter, { kind: "finished" }>>;
	readonly progress = new Subject<Extract<FromWriter, { kind: "progress" }>>();

	constructor(setup: WriterSetup) {
		this.#worker = new Worker(new URL("./writer.js", import.meta.url), { workerData: setup });
		const message = <K extends FromWriter["kind"]>(kind: K) =>
			new Promise<Extract<FromWriter, { kind: K }>>((resolve, reject) => {
				this.#worker.on("message", (m: FromWriter) => {
					if (m.kind === kind) resolve(m as Extract<FromWriter, { kind: K }>);
					if (m.kind === "failed") reject(failure(m.message));
				});
				this.#worker.on("error", (error) => reject(failure(`the writer failed: ${error.message}`, error)));
				this.#worker.on("exit", () => reject(failure("the writer ended unexpectedly")));
			});
		this.ready = message("ready").then(() => {});
		this.finished = message("finished");
		this.ready.catch(() => {});
		this.finished.catch(() => {});
		this.#worker.on("message", (m: FromWriter) => {
			if (m.kind === "progress") this.progress.next(m);
			if (m.kind === "held") this.#held.get(m.id)?.();
		});
	}

	send(message: ToWriter): void {
		this.#worker.postMessage(message);
	}

	/** Keeps the file such that another process may read it: no checkpoint is made until the returned function is called. */
	async hold(): Promise<() => void> {
		const id = ++this.#asked;
		const held = new Promise<void>((resolve) => {
			this.#held.set(id, resolve);
		});
		this.send({ kind: "hold", id });
		await held;
		this.#held.delete(id);
		return () => this.send({ kind: "release", id });
	}

	async end(): Promise<void> {
		await this.#worker.terminate();
	}
}
