// SPDX-License-Identifier: Apache-2.0
/** The drain loop in the thread that owns the file (file-thread.ts), as the recorder sees it: messages in, promises
 *  out. */
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { Subject } from "rxjs/internal/Subject";
import { failure } from "../base/errors.js";
import { isWide } from "../storage/row-groups.js";
import type { Finished, Progress } from "./drain-loop.js";
import type { FileSetup, FromFileLoop, ToFileLoop } from "./file-messages.js";
import { LiveServer } from "./live/server.js";
import type { LoopHandle } from "./loop-handle.js";
import { keepNothing } from "./sinks/duckdb/allocator.js";

/** How long a worker may take to end when it is asked to: at most one commit is under way. */
const PATIENCE_MS = 10_000;

export class FileLoop implements LoopHandle {
	readonly #worker: Worker;
	readonly #exited: Promise<unknown>;
	readonly #path: string;
	#live: LiveServer | null = null;
	#asked = 0;
	readonly #holds = new Map<number, () => void>();
	readonly ready: Promise<void>;
	readonly begun: Promise<void>;
	readonly finished: Promise<Finished>;
	readonly progress = new Subject<Progress>();

	/** Never resolves: a file always takes more rows, or the writer fails. */
	readonly unwanted = new Promise<void>(() => {});

	constructor(workerData: FileSetup) {
		const { path, streams, pipe } = workerData;
		this.#path = path;
		const columns = streams.reduce((sum, { stream }) => sum + stream.columns.length, 0);
		const loaded = isWide(columns) ? keepNothing() : () => {};
		this.#worker = new Worker(new URL("./file-thread.js", import.meta.url), {
			workerData,
			transferList: pipe ? [pipe.port] : [],
		});
		this.#exited = once(this.#worker, "exit").catch(() => {});
		const message = <K extends FromFileLoop["kind"]>(kind: K) =>
			new Promise<Extract<FromFileLoop, { kind: K }>>((resolve, reject) => {
				this.#worker.on("message", (m: FromFileLoop) => {
					if (m.kind === kind) resolve(m as Extract<FromFileLoop, { kind: K }>);
					if (m.kind === "failed") reject(failure(m.message));
				});
				this.#worker.on("error", (error) => reject(failure(`the writer failed: ${error.message}`, error)));
				this.#worker.on("exit", () => reject(failure("the writer ended unexpectedly")));
			});
		this.ready = message("ready")
			.finally(loaded)
			.then(() => {});
		this.finished = message("finished");
		this.begun = message("begun").then(() => {});
		this.ready.catch(() => {});
		this.begun.catch(() => {});
		this.finished.catch(() => {});
		this.#worker.on("message", (m: FromFileLoop) => {
			if (m.kind === "progress") this.progress.next(m);
			if (m.kind === "held") this.#holds.get(m.id)?.();
		});
	}

	send(message: ToFileLoop): void {
		this.#worker.postMessage(message);
	}

	hurry(): void {
		this.send({ kind: "hurry" });
	}

	async answer(cpu: number): Promise<string | null> {
		const live = await LiveServer.open({ path: this.#path, cpu, hold: () => this.#hold() });
		if (typeof live === "string") return live;
		this.#live = live;
		return null;
	}

	async silence(): Promise<void> {
		await this.#live?.close();
	}

	/** Keeps the file readable for another process: no checkpoint is made until the returned function is called. */
	async #hold(): Promise<() => void> {
		const id = ++this.#asked;
		const held = new Promise<void>((resolve) => {
			this.#holds.set(id, resolve);
		});
		this.send({ kind: "hold", id });
		await held;
		this.#holds.delete(id);
		return () => this.send({ kind: "release", id });
	}

	/** Ends the worker. Terminating it while DuckDB works for it would abort the whole process, so it is asked to end
	 *  first. */
	async end(): Promise<void> {
		await this.silence();
		this.send({ kind: "abandon" });
		await Promise.race([this.#exited, sleep(PATIENCE_MS, undefined, { ref: false })]);
		await this.#worker.terminate();
	}
}
