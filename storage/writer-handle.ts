// SPDX-License-Identifier: Apache-2.0
/** The writer worker as the main thread sees it: messages in, promises out. */
import { Worker } from "node:worker_threads";
import { Subject } from "rxjs";
import { failure } from "../base/errors.js";
import type { RingWriter } from "./destination.js";
import type { FileSetup, FromWriter, ToWriter, WriterSetup } from "./protocol.js";

export class WriterHandle implements RingWriter {
	readonly #worker: Worker;
	readonly ready: Promise<void>;
	readonly finished: Promise<Extract<FromWriter, { kind: "finished" }>>;
	readonly progress = new Subject<Extract<FromWriter, { kind: "progress" }>>();

	/** There is always room in a file, or the writer fails. */
	readonly unwanted = new Promise<void>(() => {});

	constructor(path: string, setup: WriterSetup) {
		const workerData: FileSetup = { ...setup, path };
		this.#worker = new Worker(new URL("./writer.js", import.meta.url), { workerData });
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
		});
	}

	send(message: ToWriter): void {
		this.#worker.postMessage(message);
	}

	hurry(): void {}

	async end(): Promise<void> {
		await this.#worker.terminate();
	}
}
