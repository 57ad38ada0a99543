// SPDX-License-Identifier: Apache-2.0
/** Where the blocks, gaps and marks of a recording go. One loop drains every ring (drain-loop.ts) and hands all of it to every sink. */
import type { Batch } from "../sampler/batch.js";
import type { CommandProcess, End, Mark, Setup, Started, StreamEnd, StreamProgress } from "../sampler/recorded.js";
import type { ClockFit, Gap } from "../sampler/ring.js";

/** The clocks of this machine, read together. */
export interface Anchor {
	readonly ts: bigint;
	readonly monotonic_ns: bigint;
	readonly realtime_ns: bigint;
	readonly boottime_ns: bigint;
	/** All three were read within it. */
	readonly window_ns: bigint;
}

/** What a commit says beside the rows and gaps that came since the last one. */
export interface Moment {
	/** Wall time of the recording. */
	readonly ts: bigint;
	/** One for each stream. True of everything that was handed over until now. */
	readonly progress: readonly StreamProgress[];
	readonly sampler_cpu_ns: number;
	/** About once a second. */
	readonly anchor: Anchor | null;
	/** Streams whose device's clock was fitted again. */
	readonly fits: readonly { readonly stream: string; readonly fit: ClockFit }[];
}

/**
 * The loop calls, in this order: open; start; rows, gaps, mark and command in any order, and commit now and then; a last commit; finish.
 * Or abandon, at any time after open: what was committed stays, nothing else happens.
 *
 * rows() has copied what it needs when it returns, unless the sink is the primary one and says with held() that it still refers to the
 * memory. A promise that it returns resolves when the sink can take more.
 */
export interface Sink {
	/** As sentences name it. */
	readonly name: string;
	/** Makes what it writes into. Fails before anything is started. */
	open(setup: Setup): Promise<void>;
	start(started: Started): Promise<void>;
	/** @param stream its number in the setup */
	rows(stream: number, batch: Batch): void | Promise<void>;
	/** Gaps that come with no row; those of a batch are in it. */
	gaps(stream: number, gaps: readonly Gap[]): void | Promise<void>;
	mark(mark: Mark): void;
	command(process: CommandProcess): void;
	commit(moment: Moment): Promise<void>;
	/** @param ended_at wall time of the recording */
	finish(end: End, ended_at: bigint, streams: readonly StreamEnd[], sampler_cpu_ns: number): Promise<void>;
	/** The user has asked for the end: what is not taken soon is not waited for. */
	hurry(): void;
	abandon(): Promise<void>;
}

/** The sink that sets the pace: the file, or the only one. Its failure ends the recording. */
export interface PrimarySink extends Sink {
	readonly pace: Pace;
	/** Rows of this stream that it takes now, at most those that wait. */
	room(stream: number, waiting: number): number;
	/** Rows handed over last whose memory it still refers to. */
	held(stream: number): number;
	/** Whoever receives its rows may still hold views over the memory after the end. */
	readonly lends?: boolean;
	/** Takes nothing any more, which is no error: the reader of a pipe has gone. */
	readonly closed: boolean;
}

export interface Pace {
	/** Between two commits. */
	readonly commit_ms: number;
	/** Between two looks at the rings: at least so long. */
	readonly drain_ms: number;
	/** Between commits only whole blocks are taken, which are cheapest. */
	readonly wholeBlocks: boolean;
}
