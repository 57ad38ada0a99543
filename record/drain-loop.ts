// SPDX-License-Identifier: Apache-2.0
/**
 * The one loop that takes what the sampler publishes: rows, gaps and clock fits of every ring, in order, and hands
 * them to every sink before the memory is released. It runs in whatever thread the primary sink needs.
 *
 *   1. Messages from the recorder come first: the start, marks, the command, the end.
 *   2. A pass takes from each ring what the primary sink has room for. Rows that are published during the pass wait
 *      for the next one, or a fast producer would delay the commit for ever.
 *   3. When a commit is due, a pass takes everything, and then every sink commits. So a commit always holds a whole
 *      prefix of the ticks: rows + gaps = ticks accounted for.
 *   4. At the end everything that was published is taken, the rest of the schedule becomes gaps, and the sinks finish.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { assert } from "../base/errors.js";
import { word } from "../sampler/layout.gen.js";
import type { CommandProcess, End, Mark, Setup, SideSummary, Started, StreamProgress } from "../sampler/recorded.js";
import type { Gap } from "../sampler/ring.js";
import { Umem } from "../sampler/umem.js";
import { Clocks } from "./clocks.js";
import { delivered } from "./delivered.js";
import type { Side } from "./side.js";
import type { PrimarySink, Sink } from "./sink.js";
import { StreamDrain, type Taken } from "./stream-drain.js";

/** What the recorder says to the loop. */
export type ToLoop =
	| ({ readonly kind: "started" } & Started)
	| ({ readonly kind: "mark" } & Mark)
	| { readonly kind: "command"; readonly process: CommandProcess }
	| { readonly kind: "finish"; readonly end: End }
	/** An asker waits for the latest rows: commit now. */
	| { readonly kind: "commit" }
	/** The recording is given up: close everything as it is. */
	| { readonly kind: "abandon" };

export interface Progress {
	readonly streams: readonly StreamProgress[];
	readonly sampler_cpu_ns: number;
}

export interface Finished {
	readonly streams: readonly (StreamProgress & { readonly scheduled: number })[];
	readonly sides: readonly SideSummary[];
	readonly sampler_cpu_ns: number;
}

/** If more rows than this wait, the loop does not pause. */
const CROWDED_ROWS = 131_072;
const PROGRESS_MS = 200;

const now = (): number => performance.now();

export class DrainLoop {
	readonly #setup: Setup;
	readonly #primary: PrimarySink;
	readonly #sides: readonly Side[];
	readonly #sinks: readonly Sink[];
	readonly #umem: Umem;
	readonly #streams: readonly StreamDrain[];
	readonly #clocks: Clocks;
	#messages: ToLoop[] = [];
	#wake = new AbortController();
	/** No row is taken before the start is stored: were the recorder killed in between, its rows would have no
	 *  deadlines. */
	#started = false;
	#committed = now();
	#told = 0;
	onBegun: () => void = () => {};
	onProgress: (progress: Progress) => void = () => {};
	/** Called before each pass with the highest share of a ring in use. */
	onFill: (fill: number) => void = () => {};

	constructor(setup: Setup, primary: PrimarySink, sides: readonly Side[] = []) {
		this.#setup = setup;
		this.#primary = primary;
		this.#sides = sides;
		this.#sinks = [primary, ...sides];
		this.#umem = Umem.attach(setup.umem.fd, setup.umem.bytes);
		this.#clocks = new Clocks(setup.header.wall_offset_ns);
		this.#streams = setup.streams.map(({ stream, ring }) => new StreamDrain(stream, ring, this.#umem));
	}

	receive(message: ToLoop): void {
		this.#messages.push(message);
		if (message.kind !== "mark") this.#wake.abort();
	}

	/** Call it when the user has asked for the end. */
	hurry(): void {
		for (const sink of this.#sinks) sink.hurry();
	}

	/** Runs to the end of the recording. Resolves with null when it was abandoned. The sinks must be open. */
	async run(): Promise<Finished | null> {
		try {
			return await this.#run();
		} finally {
			if (this.#primary.lends) this.#umem.vacate();
			else this.#umem.unmap();
		}
	}

	async #run(): Promise<Finished | null> {
		for (;;) {
			const end = await this.#handleMessages();
			if (end === "abandon") {
				for (const sink of this.#sinks) await sink.abandon();
				return null;
			}
			if (end) return this.#finish(end);
			if (this.#started) await this.#step();
			await this.#pause();
		}
	}

	async #handleMessages(): Promise<End | "abandon" | null> {
		const messages = this.#messages;
		this.#messages = [];
		if (this.#wake.signal.aborted) this.#wake = new AbortController();
		let end: End | "abandon" | null = null;
		for (const message of messages) {
			if (message.kind === "started") await this.#start(message);
			else if (message.kind === "mark") for (const sink of this.#sinks) sink.mark(message);
			else if (message.kind === "command") this.#noteCommand(message.process);
			else if (message.kind === "commit") this.#committed = Number.NEGATIVE_INFINITY;
			else end = message.kind === "abandon" ? "abandon" : message.end;
		}
		return end;
	}

	async #start(started: Started): Promise<void> {
		for (const sink of this.#sinks) await sink.start(started);
		this.#started = true;
		this.#committed = now();
		this.onBegun();
	}

	/** Commits the command at once, so that it is known even if the recorder is killed now. */
	#noteCommand(process: CommandProcess): void {
		for (const sink of this.#sinks) sink.command(process);
		this.#committed = Number.NEGATIVE_INFINITY;
	}

	async #step(): Promise<void> {
		const { pace } = this.#primary;
		const due = now() - this.#committed >= pace.commit_ms;
		if (due || pace.drain_ms < pace.commit_ms) await this.#pass(pace.wholeBlocks && !due);
		if (due) await this.#commit();
	}

	async #pause(): Promise<void> {
		const { pace } = this.#primary;
		const crowded = this.#streams.some(({ reader }) => reader.waiting > CROWDED_ROWS);
		const untilCommit = Math.max(1, this.#committed + pace.commit_ms - now());
		const pause = crowded ? 0 : this.#started ? Math.min(pace.drain_ms, untilCommit) : pace.drain_ms;
		await sleep(pause, undefined, { signal: this.#wake.signal }).catch(() => {});
	}

	/** Takes what waits now. @param whole takes only full blocks */
	async #pass(whole: boolean): Promise<void> {
		this.onFill(Math.max(...this.#streams.map(({ reader }) => reader.fill)));
		for (const [i, stream] of this.#streams.entries())
			for (const taken of this.#wanted(stream.take((waiting) => this.#primary.room(i, waiting), whole)))
				if ("batch" in taken) {
					const waits = this.#sinks.map((sink) => sink.rows(i, taken.batch));
					taken.batch.release(this.#primary.held(i));
					await waits[0];
				} else await this.#hand(i, taken.gaps);
	}

	/** Takes from a ring until the primary sink accepts nothing more: the account covers what that sink has accepted. */
	*#wanted(all: Generator<Taken>): Generator<Taken> {
		while (!this.#primary.closed) {
			const { value, done } = all.next();
			if (done) return;
			yield value;
		}
	}

	async #hand(stream: number, gaps: readonly Gap[]): Promise<void> {
		const waits = this.#sinks.map((sink) => sink.gaps(stream, gaps));
		await waits[0];
	}

	async #commit(): Promise<void> {
		const { ts, anchor, suspended_ns } = this.#clocks.read();
		if (suspended_ns > 0n) await this.#noteSuspension(ts, suspended_ns);
		const progress = this.#progress(ts);
		const sampler_cpu_ns = this.#cpu_ns;
		const fits = this.#streams.flatMap(({ stream, reader }) => {
			const fit = reader.takeClockFit();
			return fit ? [{ stream: stream.name, fit }] : [];
		});
		await Promise.all(this.#sinks.map((sink) => sink.commit({ ts, progress, sampler_cpu_ns, anchor, fits })));
		this.#committed = now();
		if (now() - this.#told < PROGRESS_MS) return;
		this.#told = now();
		this.onProgress({ streams: progress, sampler_cpu_ns });
	}

	#progress(now_ns: bigint): StreamProgress[] {
		const all = this.#streams.map(({ ledger }) => ledger.progress(now_ns));
		for (const { stream, nextTick, rows, gapTicks } of all)
			assert(
				nextTick === rows + gapTicks,
				`${stream}: ${nextTick} ticks accounted for, ${rows} rows and ${gapTicks} in gaps`,
			);
		return all;
	}

	get #cpu_ns(): number {
		return Number(this.#umem.control(word.control_cpu_ns));
	}

	/** Notes a suspension in the ledger. Deadlines do not advance while the machine is suspended, so no tick is lost. */
	async #noteSuspension(ts: bigint, length_ns: bigint): Promise<void> {
		for (const sink of this.#sinks) sink.mark({ ts, name: "suspended", detail: `${length_ns} ns` });
		for (const [i, { reader }] of this.#streams.entries())
			await this.#hand(i, [{ first_tick: reader.nextTick, ticks: 0, reason: "suspended", at_ns: ts }]);
	}

	async #finish(end: End): Promise<Finished> {
		const ended_at = end.until_ns + this.#setup.header.wall_offset_ns;
		do {
			await this.#pass(false);
			await this.#commit();
		} while (this.#streams.some(({ reader }) => reader.waiting > 0 && !this.#primary.closed));
		if (!this.#primary.closed)
			for (const [i, stream] of this.#streams.entries()) {
				const gaps = stream.theRest(this.#umem, end, ended_at);
				if (gaps.length > 0) await this.#hand(i, gaps);
			}
		await this.#commit();
		const streams = this.#streams.map(({ ledger, reader }) => {
			const summary = { ...ledger.progress(ended_at), scheduled: reader.nextTick };
			return { summary, delivered: delivered(summary, reader) };
		});
		const sampler_cpu_ns = this.#cpu_ns;
		for (const sink of this.#sinks) await sink.finish(end, ended_at, streams, sampler_cpu_ns);
		return {
			streams: streams.map(({ summary }) => summary),
			sides: this.#sides.map((side) => side.summary),
			sampler_cpu_ns,
		};
	}
}
