// SPDX-License-Identifier: Apache-2.0
/** Calls a listener in this process with every block and its gaps. The rows are an Arrow RecordBatch. */
import { RecordBatch, type Schema } from "apache-arrow";
import { arrowSchema, copied, emptied, noRows, recordOf } from "../../encode/arrow-block.js";
import type { Batch } from "../../sampler/batch.js";
import type { Mark, Setup } from "../../sampler/recorded.js";
import type { Gap } from "../../sampler/ring.js";
import type { Pace, PrimarySink } from "../sink.js";

/** Rows of one stream that follow those of its last sample, and the gaps before the last of them. */
export interface Sample {
	/** Name of the stream. */
	readonly stream: string;
	/** ts, tick, read_ns, then the counters by column name. It has no rows where there are only gaps. */
	readonly batch: RecordBatch;
	readonly gaps: readonly Gap[];
}

/** A listener gets a row within about this time. */
const INTERVAL_MS = 50;

export class ListenerSink implements PrimarySink {
	readonly name = "the listener";
	readonly pace: Pace = { commit_ms: INTERVAL_MS, drain_ms: INTERVAL_MS, wholeBlocks: false };
	/** Whether batches are views over the ring. */
	readonly lends: boolean;
	readonly #next: (sample: Sample) => void;
	#streams: readonly { readonly name: string; readonly schema: Schema }[] = [];
	readonly #lent: number[] = [];
	/** The batch that the listener has, where batches are lent. */
	#last: RecordBatch | null = null;
	/** The marks so far. */
	readonly marks: Mark[] = [];
	/** Set when the listener wants no more. */
	closed = false;

	/** @param next must copy what it keeps before it returns, where batches are lent: the next call makes the last batch
	 *  invalid */
	constructor(next: (sample: Sample) => void, lends: boolean) {
		this.#next = next;
		this.lends = lends;
	}

	async open(setup: Setup): Promise<void> {
		this.#streams = setup.streams.map(({ stream }) => ({ name: stream.name, schema: arrowSchema(stream) }));
	}

	async start(): Promise<void> {}

	/** The ring is the only buffer: rows that a slow listener leaves no room for are counted by the sampler as
	 *  ring_full. */
	room(_stream: number, waiting: number): number {
		return this.closed ? 0 : waiting;
	}

	held(stream: number): number {
		return this.#lent[stream] ?? 0;
	}

	rows(stream: number, batch: Batch): void {
		const { schema } = this.#streams[stream]!;
		const record = recordOf(this.lends ? batch : copied(batch), schema);
		this.#give(stream, record, batch.gaps);
		if (!this.lends) return;
		this.#last = record;
		this.#lent[stream] = batch.rows;
	}

	gaps(stream: number, gaps: readonly Gap[]): void {
		const { schema } = this.#streams[stream]!;
		this.#give(stream, new RecordBatch(schema, noRows(schema)), gaps);
	}

	#give(stream: number, batch: RecordBatch, gaps: readonly Gap[]): void {
		this.#takeBack();
		if (!this.closed) this.#next({ stream: this.#streams[stream]!.name, batch, gaps });
	}

	/** Empties the batch that was lent, so that the listener does not read other rows in it by mistake. */
	#takeBack(): void {
		if (this.#last) emptied(this.#last);
		this.#last = null;
	}

	mark(mark: Mark): void {
		this.marks.push(mark);
	}

	command(): void {}

	async commit(): Promise<void> {}

	async finish(): Promise<void> {
		this.#takeBack();
	}

	hurry(): void {}

	async abandon(): Promise<void> {
		this.#takeBack();
	}
}
