// SPDX-License-Identifier: Apache-2.0
/** What one compared tool is: how it runs, and what its output says. */
import type { PeerRun } from "../benchmark.js";

export interface Conditions {
	readonly rate_hz: number;
	readonly seconds: number;
	/** A folder of this run alone, empty at its start and removed after it. */
	readonly folder: string;
}

/** What a tool delivered; the caller adds CPU time, which is measured in the same way for all. */
export interface Output {
	readonly delivered: number;
	readonly counters: number;
	readonly values: number;
	readonly bytes: number;
	readonly says: string | null;
}

/** A tool that is running. */
export interface Running {
	/** Its processes; their descendants count, too. */
	readonly pids: readonly number[];
	/** Resolves when the tool has come to its end by itself. */
	readonly ended: Promise<void>;
	/** Ends what is left of the tool. Called once, after `ended`, also when that failed. */
	stop(): Promise<void>;
	/** Reads the output, after stop(). */
	output(): Output;
}

export interface Peer extends Pick<PeerRun, "tool" | "subject"> {
	readonly rates_hz: readonly number[];
	/** A sentence that says why the tool cannot run on this machine; null when it can. */
	absence(): string | null;
	version(): string;
	/** A sentence that says why the tool cannot be asked for this rate; null when it can. */
	refusal?(rate_hz: number): string | null;
	start(conditions: Conditions): Promise<Running>;
}
