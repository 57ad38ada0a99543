// SPDX-License-Identifier: Apache-2.0
/** Runs the drain loop in this thread, for a primary sink that does not block it: a pipe, or a listener in this
 *  process. */
import { Subject } from "rxjs/internal/Subject";
import type { Setup } from "../sampler/recorded.js";
import { DrainLoop, type Finished, type Progress, type ToLoop } from "./drain-loop.js";
import type { LoopHandle } from "./loop-handle.js";
import type { PrimarySink } from "./sink.js";

export class LocalLoop implements LoopHandle {
	readonly #loop: DrainLoop;
	readonly ready: Promise<void>;
	readonly begun: Promise<void>;
	readonly progress = new Subject<Progress>();
	readonly finished: Promise<Finished>;
	readonly unwanted: Promise<void>;

	/** @param unwanted resolves when no reader wants the rest */
	constructor(setup: Setup, sink: PrimarySink, unwanted: Promise<void>) {
		this.unwanted = unwanted;
		this.#loop = new DrainLoop(setup, sink);
		this.#loop.onProgress = (progress) => this.progress.next(progress);
		this.begun = new Promise((resolve) => {
			this.#loop.onBegun = resolve;
		});
		this.ready = sink.open(setup);
		this.finished = this.ready.then(() => this.#run());
		this.ready.catch(() => {});
		this.finished.catch(() => {});
	}

	async #run(): Promise<Finished> {
		const finished = await this.#loop.run();
		if (finished === null) throw new Error("the recording was abandoned");
		return finished;
	}

	send(message: ToLoop): void {
		this.#loop.receive(message);
	}

	/** Cannot answer: rows that were sent through a pipe are not kept, and a pipe has no name by which to ask it. */
	async answer(): Promise<null> {
		return null;
	}

	async silence(): Promise<void> {}

	hurry(): void {
		this.#loop.hurry();
	}

	async end(): Promise<void> {
		this.send({ kind: "abandon" });
		this.hurry();
		await this.finished.catch(() => {});
	}
}
