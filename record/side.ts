// SPDX-License-Identifier: Apache-2.0
/**
 * A sink beside the primary one. The recording does not wait for it: while more bytes wait than a limit allows, its
 * rows are dropped and counted. The sink gets a gap `sink_full` for them, so that its account holds too. A sink that
 * failed gets nothing more.
 */
import { messageOf } from "../base/errors.js";
import { type Batch, partsOf } from "../sampler/batch.js";
import type { CommandProcess, End, Mark, Setup, SideSummary, Started, StreamEnd } from "../sampler/recorded.js";
import type { Gap } from "../sampler/ring.js";
import type { Moment, Sink } from "./sink.js";

/** The highest number of bytes that may wait for the sink. */
const MAX_WAITING_BYTES = 64 << 20;

const bytesOf = ({ rows, columns }: Batch): number => 8 * rows * columns.length;

export class Side implements Sink {
	readonly name: string;
	readonly #sink: Sink;
	readonly #bound: number;
	#waiting = 0;
	/** For each stream the number of dropped rows, and of null values in them. */
	readonly #dropped = new Map<number, { rows: number; nulls: number }>();
	#failure: string | null = null;
	/** For each stream the gaps of dropped rows that the sink was not told yet. */
	readonly #untold = new Map<number, Gap[]>();
	readonly #pending = new Set<Promise<unknown>>();

	constructor(sink: Sink, bound = MAX_WAITING_BYTES) {
		this.#sink = sink;
		this.name = sink.name;
		this.#bound = bound;
	}

	get summary(): SideSummary {
		const droppedRows = [...this.#dropped.values()].reduce((sum, { rows }) => sum + rows, 0);
		return { name: this.name, droppedRows, failure: this.#failure };
	}

	open(setup: Setup): Promise<void> {
		return this.#sink.open(setup);
	}

	async start(started: Started): Promise<void> {
		this.#attempt(0, () => this.#sink.start(started));
	}

	rows(stream: number, batch: Batch): void {
		if (this.#failure !== null || this.#waiting >= this.#bound) {
			this.#drop(stream, batch);
			return;
		}
		const untold = this.#untold.get(stream);
		if (untold) this.gaps(stream, untold);
		this.#untold.delete(stream);
		this.#attempt(bytesOf(batch), () => this.#sink.rows(stream, batch));
	}

	/** Drops a batch: consecutive rows become one gap; the gaps between them stay as they are. */
	#drop(stream: number, batch: Batch): void {
		const { rows, gaps, columns } = batch;
		const dropped = this.#dropped.get(stream) ?? { rows: 0, nulls: 0 };
		const nulls = columns.reduce((sum, column) => sum + column.nulls, dropped.nulls);
		this.#dropped.set(stream, { rows: dropped.rows + rows, nulls });
		/* A sink that failed is told nothing any more. */
		if (this.#failure !== null) return;
		const { ts, tick: ticks } = partsOf(batch);
		const at_ns = ts[rows - 1]!;
		const untold = this.#untold.get(stream) ?? [];
		this.#untold.set(stream, untold);
		let next = 0;
		for (const gap of [...gaps, null]) {
			const first = next < rows ? Number(ticks[next]) : 0;
			let n = 0;
			while (next < rows && (gap === null || Number(ticks[next]) < gap.first_tick)) {
				next++;
				n++;
			}
			if (n > 0) addDropped(untold, { first_tick: first, ticks: n, reason: "sink_full", at_ns });
			if (gap) untold.push(gap);
		}
	}

	gaps(stream: number, gaps: readonly Gap[]): void {
		if (this.#failure !== null) return;
		const untold = this.#untold.get(stream);
		/* Gaps of rows that were dropped earlier come first, so that the order holds. */
		if (untold && untold !== gaps) untold.push(...gaps);
		else this.#attempt(0, () => this.#sink.gaps(stream, gaps));
	}

	mark(mark: Mark): void {
		this.#attempt(0, () => this.#sink.mark(mark));
	}

	command(process: CommandProcess): void {
		this.#attempt(0, () => this.#sink.command(process));
	}

	async commit(moment: Moment): Promise<void> {
		this.#attempt(0, () => this.#sink.commit(moment));
	}

	async finish(end: End, ended_at: bigint, streams: readonly StreamEnd[], sampler_cpu_ns: number): Promise<void> {
		for (const [stream, untold] of this.#untold) {
			this.#untold.delete(stream);
			this.gaps(stream, untold);
		}
		const taken = streams.map((stream, i) => this.#without(stream, this.#dropped.get(i)));
		this.#attempt(0, () => this.#sink.finish(end, ended_at, taken, sampler_cpu_ns));
		await Promise.all(this.#pending);
	}

	/** The end of a stream as this sink saw it: without the dropped rows. */
	#without({ summary, delivered }: StreamEnd, dropped = { rows: 0, nulls: 0 }): StreamEnd {
		const rows = summary.rows - dropped.rows;
		const gapTicks = summary.gapTicks + dropped.rows;
		const nulls = summary.nulls - dropped.nulls;
		return {
			summary: { ...summary, rows, gapTicks, nulls },
			delivered: { ...delivered, rows_stored: rows, gap_ticks: gapTicks, null_values: nulls },
		};
	}

	hurry(): void {
		this.#sink.hurry();
	}

	async abandon(): Promise<void> {
		await this.#sink.abandon().catch(() => {});
	}

	#attempt(bytes: number, action: () => unknown): void {
		if (this.#failure !== null) return;
		this.#waiting += bytes;
		let result: unknown;
		try {
			result = action();
		} catch (error) {
			this.#fail(error);
		}
		const pending: Promise<unknown> = Promise.resolve(result)
			.catch((error) => this.#fail(error))
			.finally(() => {
				this.#waiting -= bytes;
				this.#pending.delete(pending);
			});
		this.#pending.add(pending);
	}

	#fail(error: unknown): void {
		this.#failure ??= messageOf(error);
	}
}

function addDropped(gaps: Gap[], gap: Gap): void {
	const last = gaps.at(-1);
	if (last?.reason === "sink_full" && last.first_tick + last.ticks === gap.first_tick)
		gaps[gaps.length - 1] = { ...last, ticks: last.ticks + gap.ticks, at_ns: gap.at_ns };
	else gaps.push(gap);
}
