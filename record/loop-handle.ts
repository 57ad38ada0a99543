// SPDX-License-Identifier: Apache-2.0
/** The drain loop as the recorder sees it, in whichever thread it runs. */
import type { Observable } from "rxjs";
import type { Finished, Progress, ToLoop } from "./drain-loop.js";

export interface LoopHandle {
	/** Resolves when the sinks can take rows. Nothing is started before. */
	readonly ready: Promise<void>;
	/** Resolves when the start is stored: from then on there is a recording, whatever happens. */
	readonly begun: Promise<void>;
	readonly progress: Observable<Progress>;
	/** Resolves when everything is stored. */
	readonly finished: Promise<Finished>;
	/** Resolves when no reader wants the rest; then the recording may end. */
	readonly unwanted: Promise<void>;
	/** Starts to answer SQL about the recording.
	 *  @param cpu of the sampling loop, which is left alone; -1: not pinned
	 *  @returns why that is not possible, or null */
	answer(cpu: number): Promise<string | null>;
	/** Stops answering. Resolves when no answer is under way. */
	silence(): Promise<void>;
	send(message: ToLoop): void;
	/** Call it when the user has asked for the end: a reader that is slow is then not waited for. */
	hurry(): void;
	end(): Promise<void>;
}
