// SPDX-License-Identifier: Apache-2.0
/** Writes one stream of counters as an Arrow IPC stream while it is recorded (encode/arrow-stream.ts says what is in
 *  it). */

import { assert } from "../../../base/errors.js";
import { arrowSchema, recordOf } from "../../../encode/arrow-block.js";
import { ArrowStream, about } from "../../../encode/arrow-stream.js";
import type { Batch } from "../../../sampler/batch.js";
import type { End, Mark, Setup, Started, StreamEnd } from "../../../sampler/recorded.js";
import type { Gap } from "../../../sampler/ring.js";
import type { Moment, Pace, PrimarySink } from "../../sink.js";

/** Takes the bytes, one piece after the other. */
export interface Output {
	/** Resolves when the bytes were taken, or when no reader is left. */
	write(bytes: Uint8Array): Promise<void>;
	/** Call it when the user has asked for the end: a reader that is slow is then not waited for. */
	hurry(): void;
	/** Whether the reader has closed the output. */
	readonly closed: boolean;
}

/** A reader that keeps up sees a row within about this time. */
const INTERVAL_MS = 50;

export class ArrowSink implements PrimarySink {
	readonly name: string;
	readonly pace: Pace = { commit_ms: INTERVAL_MS, drain_ms: INTERVAL_MS, wholeBlocks: false };
	readonly #out: Output;
	#setup!: Setup;
	#arrow!: ArrowStream;
	/** Gaps and marks that were not written yet: the next batch carries them. */
	#gaps: Gap[] = [];
	#marks: Mark[] = [];
	/** The piece that was written last. */
	#last: Promise<void> = Promise.resolve();

	constructor(name: string, out: Output) {
		this.name = name;
		this.#out = out;
	}

	get closed(): boolean {
		return this.#out.closed;
	}

	async open(setup: Setup): Promise<void> {
		assert(setup.streams.length === 1, "an Arrow stream has one schema");
		this.#setup = setup;
	}

	start(started: Started): Promise<void> {
		const { stream } = this.#setup.streams[0]!;
		this.#arrow = new ArrowStream(arrowSchema(stream, about(this.#setup.header, started)));
		return this.#write(this.#arrow.begin());
	}

	/** The ring is the only buffer: while the reader is slow no rows are taken, and the sampler counts what it cannot
	 *  store. */
	room(_stream: number, waiting: number): number {
		return this.closed ? 0 : waiting;
	}

	held(): number {
		return 0;
	}

	/** Writes the rows. The bytes are a copy, so the memory can be released. */
	rows(_stream: number, batch: Batch): Promise<void> {
		this.#gaps.push(...batch.gaps);
		return this.#write(this.#encode(batch));
	}

	gaps(_stream: number, gaps: readonly Gap[]): void {
		this.#gaps.push(...gaps);
	}

	mark(mark: Mark): void {
		this.#marks.push(mark);
	}

	command(): void {}

	async commit(_moment: Moment): Promise<void> {
		if (this.#gaps.length + this.#marks.length > 0) await this.#write(this.#encode(null));
	}

	#encode(batch: Batch | null): Uint8Array {
		const record = batch && recordOf(batch, this.#arrow.schema);
		const bytes = this.#arrow.batch(record, this.#gaps, this.#marks);
		this.#gaps = [];
		this.#marks = [];
		return bytes;
	}

	#write(bytes: Uint8Array): Promise<void> {
		this.#last = this.#last.then(() => this.#out.write(bytes));
		this.#last.catch(() => {});
		return this.#last;
	}

	/** Ends the stream. If the reader has closed it, the recording ends with the last row that was sent. */
	async finish(end: End, ended_at: bigint, [stream]: readonly StreamEnd[], sampler_cpu_ns: number): Promise<void> {
		await this.#write(this.#arrow.conclude(end, ended_at, sampler_cpu_ns, stream!.delivered));
	}

	hurry(): void {
		this.#out.hurry();
	}

	async abandon(): Promise<void> {
		this.hurry();
		await this.#last.catch(() => {});
	}
}
