// SPDX-License-Identifier: Apache-2.0
/**
 * Drains the ring of one stream into a pipe. The ring is the only buffer: while the reader of the pipe is slow nothing is
 * drained, and when the ring is full the sampler counts what it cannot store as ring_full.
 */
import type { Writable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import type { RecordBatch } from "apache-arrow";
import { Subject } from "rxjs/internal/Subject";
import { assert } from "../base/errors.js";
import { arrowSchema, recordOf } from "../sampler/arrow.js";
import { type Batch, BatchMaker } from "../sampler/batch.js";
import { word } from "../sampler/layout.gen.js";
import { type Gap, RingReader } from "../sampler/ring.js";
import { Umem } from "../sampler/umem.js";
import { ArrowStream, about, type Mark, type Started } from "./arrow-stream.js";
import { delivered } from "./delivered.js";
import { StreamLedger } from "./ledger.js";
import { Pipe } from "./pipe.js";
import type { End, FromWriter, StreamProgress, ToWriter, WriterSetup } from "./protocol.js";
import type { RingWriter } from "./ring-writer.js";
import { type StreamStatistics, statisticsOf } from "./statistics.js";

type Finished = Extract<FromWriter, { kind: "finished" }>;

/** A reader who keeps up sees a row within about this time. */
const INTERVAL_MS = 50;
const PROGRESS_MS = 200;

export class PipeWriter implements RingWriter {
	readonly #setup: WriterSetup;
	readonly #umem: Umem;
	readonly #ledger: StreamLedger;
	readonly #pipe: Pipe;
	readonly #batches = new Subject<Batch>();
	#live: StreamStatistics | undefined;
	#marks: Mark[] = [];
	#begin: (started: Started | null) => void = () => {};
	#end: End | null = null;
	readonly #ended = new AbortController();
	readonly ready = Promise.resolve();
	readonly begun = Promise.resolve();
	readonly progress = new Subject<Extract<FromWriter, { kind: "progress" }>>();
	readonly finished: Promise<Finished>;
	readonly unwanted: Promise<void>;

	constructor(out: Writable, setup: WriterSetup) {
		const [first, ...more] = setup.streams;
		assert(first && more.length === 0, "an Arrow stream has one schema");
		this.#setup = setup;
		this.#umem = Umem.attach(setup.umem.fd, setup.umem.bytes);
		this.#ledger = new StreamLedger(first.stream, new RingReader(this.#umem.ring(first.ring), first.ring));
		this.#pipe = new Pipe(out);
		this.unwanted = this.#pipe.abandoned;
		statisticsOf(this.#batches).subscribe((statistics) => {
			this.#live = statistics;
		});
		const started = new Promise<Started | null>((resolve) => {
			this.#begin = resolve;
		});
		this.finished = started.then((message) => this.#run(message)).finally(() => this.#umem.unmap());
		this.finished.catch(() => {});
	}

	send(message: ToWriter): void {
		if (message.kind === "started") this.#begin(message);
		else if (message.kind === "mark") this.#marks.push(message);
		else if (message.kind === "finish") {
			this.#end = message.end;
			this.#ended.abort();
		}
	}

	/** Rows that have gone through a pipe cannot be asked for, and nobody knows a pipe by a name to ask it. */
	async answer(): Promise<null> {
		return null;
	}

	async silence(): Promise<void> {}

	hurry(): void {
		this.#pipe.hurry();
	}

	async end(): Promise<void> {
		this.#begin(null);
		this.hurry();
		await this.finished.catch(() => {});
	}

	async #run(started: Started | null): Promise<Finished> {
		assert(started, "the recording began");
		const { stream, reader } = this.#ledger;
		const maker = new BatchMaker(stream, reader);
		const arrow = new ArrowStream(arrowSchema(stream, about(this.#setup.header, started)));
		await this.#pipe.write(arrow.begin());
		for (let told = 0; this.#end === null; ) {
			await this.#drain(maker, arrow);
			if (performance.now() - told >= PROGRESS_MS) told = this.#tell();
			await sleep(INTERVAL_MS, undefined, { signal: this.#ended.signal }).catch(() => {});
		}
		return this.#finish(this.#end, maker, arrow);
	}

	/** What waits in the ring now. Each batch is copied once, and its memory given back before the copy is written. */
	async #drain(maker: BatchMaker, arrow: ArrowStream): Promise<void> {
		this.#ledger.noteFill();
		for (let left = this.#ledger.reader.waiting; left > 0 && !this.#pipe.closed; ) {
			const batch = maker.next()!;
			left -= batch.run.rows;
			const bytes = this.#encode(arrow, recordOf(batch, arrow.schema), batch.gaps);
			this.#batches.next(batch);
			batch.release();
			await this.#pipe.write(bytes);
		}
		const gaps = this.#ledger.reader.takeTrailingGaps();
		if (gaps.length + this.#marks.length > 0) await this.#pipe.write(this.#encode(arrow, null, gaps));
	}

	#encode(arrow: ArrowStream, record: RecordBatch | null, gaps: readonly Gap[]): Uint8Array {
		this.#ledger.count(gaps);
		const marks = this.#marks;
		this.#marks = [];
		return arrow.batch(record, gaps, marks);
	}

	/** Returns when it told. */
	#tell(): number {
		const now_ns = process.hrtime.bigint() + this.#setup.header.wall_offset_ns;
		this.progress.next({ kind: "progress", streams: [this.#progress(now_ns)], sampler_cpu_ns: this.#cpu_ns });
		return performance.now();
	}

	#progress(now_ns: bigint): StreamProgress {
		return this.#ledger.progress(this.#live, now_ns);
	}

	get #cpu_ns(): number {
		return Number(this.#umem.control(word.control_cpu_ns));
	}

	/** For a reader who has gone, the recording ends with the last row that it was sent. */
	async #finish(end: End, maker: BatchMaker, arrow: ArrowStream): Promise<Finished> {
		const { reader } = this.#ledger;
		const until_ns = end.until_ns + this.#setup.header.wall_offset_ns;
		do await this.#drain(maker, arrow);
		while (reader.waiting > 0 && !this.#pipe.closed);
		if (!this.#pipe.closed) await this.#accountForTheRest(end, arrow, until_ns);
		const summary = { ...this.#progress(until_ns), scheduled: reader.nextTick };
		await this.#pipe.write(arrow.conclude(end, until_ns, this.#cpu_ns, delivered(summary, reader)));
		return { kind: "finished", streams: [summary], sampler_cpu_ns: this.#cpu_ns };
	}

	async #accountForTheRest(end: End, arrow: ArrowStream, at_ns: bigint): Promise<void> {
		const gaps = this.#ledger.theRest(this.#umem, end, at_ns);
		if (gaps.length > 0) await this.#pipe.write(this.#encode(arrow, null, gaps));
	}
}
