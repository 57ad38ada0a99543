// SPDX-License-Identifier: Apache-2.0
/** Takes the blocks, gaps and marks of a recording. One loop drains every ring (drain-loop.ts) and hands everything to
 *  every sink. */
import type { Batch } from "../sampler/batch.js";
import type { CommandProcess, End, Mark, Setup, Started, StreamEnd, StreamProgress } from "../sampler/recorded.js";
import type { ClockFit, Gap } from "../sampler/ring.js";

/** The clocks of this machine, read together. */
export interface Anchor {
	readonly ts: bigint;
	readonly monotonic_ns: bigint;
	readonly realtime_ns: bigint;
	readonly boottime_ns: bigint;
	/** All three clocks were read within this time. */
	readonly window_ns: bigint;
}

/** What a commit holds beside the rows and gaps since the last one. */
export interface Moment {
	/** Wall time of the recording. */
	readonly ts: bigint;
	/** The progress of each stream. It covers everything that was handed over until now. */
	readonly progress: readonly StreamProgress[];
	readonly sampler_cpu_ns: number;
	/** A new anchor, about once a second; null in other commits. */
	readonly anchor: Anchor | null;
	/** New fits of device clocks, with the streams that they belong to. */
	readonly fits: readonly { readonly stream: string; readonly fit: ClockFit }[];
}

/**
 * The loop calls, in this order: open; start; rows, gaps, mark and command in any order, and commit now and then; a
 * last commit; finish. It may call abandon at any time after open: what was committed stays, and nothing else happens.
 *
 * rows() has copied what it needs when it returns, unless the sink is the primary one and says with held() that it
 * still refers to the memory. A promise that it returns resolves when the sink can take more.
 */
export interface Sink {
	/** The name of the sink in messages. */
	readonly name: string;
	/** Makes the file or stream that the sink writes. Fails before anything is started. */
	open(setup: Setup): Promise<void>;
	start(started: Started): Promise<void>;
	/** @param stream number of the stream in the setup */
	rows(stream: number, batch: Batch): void | Promise<void>;
	/** Takes gaps that come without a row; those that come with rows are in the batch. */
	gaps(stream: number, gaps: readonly Gap[]): void | Promise<void>;
	mark(mark: Mark): void;
	command(process: CommandProcess): void;
	commit(moment: Moment): Promise<void>;
	/** @param ended_at wall time of the recording */
	finish(end: End, ended_at: bigint, streams: readonly StreamEnd[], sampler_cpu_ns: number): Promise<void>;
	/** Call it when the user has asked for the end: a reader that is slow is then not waited for. */
	hurry(): void;
	abandon(): Promise<void>;
}

/** The sink that sets the pace: the file, or the only one. Its failure ends the recording. */
export interface PrimarySink extends Sink {
	readonly pace: Pace;
	/** Number of rows of this stream that the sink takes now, at most those that wait. */
	room(stream: number, waiting: number): number;
	/** Number of the latest rows whose memory the sink still refers to. */
	held(stream: number): number;
	/** Whether the receiver of the rows may still hold views over the memory after the end. */
	readonly lends?: boolean;
	/** Whether the sink takes nothing any more. This is not an error: the reader of a pipe has closed it. */
	readonly closed: boolean;
}

export interface Pace {
	/** Time between two commits. */
	readonly commit_ms: number;
	/** The shortest time between two drains of the rings. */
	readonly drain_ms: number;
	/** Whether only whole blocks, which are cheapest, are taken between commits. */
	readonly wholeBlocks: boolean;
}
