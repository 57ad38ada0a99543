// SPDX-License-Identifier: Apache-2.0
/** The drain loop as the recorder sees it, in whichever thread it runs. */
import type { Observable } from "rxjs";
import type { Finished, Progress, ToLoop } from "./drain-loop.js";

export interface LoopHandle {
	/** Rows can be taken; before it nothing is started. */
	readonly ready: Promise<void>;
	/** The start is where it belongs: whatever happens now, there is a recording. */
	readonly begun: Promise<void>;
	readonly progress: Observable<Progress>;
	/** Everything is where it belongs. */
	readonly finished: Promise<Finished>;
	/** Resolves when nobody wants the rest; then the recording may end. */
	readonly unwanted: Promise<void>;
	/** From now on whoever asks SQL of the recording is answered.
	 *  @param cpu of the sampling loop, which is left alone; -1: not pinned
	 *  @returns why that is not possible, or null */
	answer(cpu: number): Promise<string | null>;
	/** Resolves when nobody is answered any more. */
	silence(): Promise<void>;
	send(message: ToLoop): void;
	/** The user has asked for the end: what is not taken soon is not waited for. */
	hurry(): void;
	end(): Promise<void>;
}
