// SPDX-License-Identifier: Apache-2.0
/** Drains the ring of one stream: takes batches and gaps in order, and keeps the account. */
import { type Batch, BatchMaker } from "../sampler/batch.js";
import type { End, RecordedStream } from "../sampler/recorded.js";
import { type Gap, RingReader } from "../sampler/ring.js";
import type { RingShape, Umem } from "../sampler/umem.js";
import { StreamLedger } from "./ledger.js";

export type Taken = { readonly batch: Batch } | { readonly gaps: readonly Gap[] };

export class StreamDrain {
	readonly stream: RecordedStream;
	readonly reader: RingReader;
	readonly ledger: StreamLedger;
	readonly #maker: BatchMaker;

	constructor(stream: RecordedStream, ring: RingShape, umem: Umem) {
		this.stream = stream;
		this.reader = new RingReader(umem.ring(ring), ring);
		this.ledger = new StreamLedger(stream, this.reader);
		this.#maker = new BatchMaker(stream, this.reader);
	}

	/** Takes what waits now, as far as there is room. A batch must be released before the next is asked for.
	 *  @param room how many of the waiting rows to take
	 *  @param whole takes only full blocks; then gaps that no row follows wait, too */
	*take(room: (waiting: number) => number, whole: boolean): Generator<Taken> {
		this.ledger.noteFill();
		const until = this.reader.rowsTaken + room(this.reader.waiting);
		while (this.reader.rowsTaken < until) {
			const batch = this.#maker.next(whole, until - this.reader.rowsTaken);
			if (!batch) break;
			this.ledger.add(batch);
			yield { batch };
		}
		if (whole) return;
		const gaps = this.reader.takeTrailingGaps();
		this.ledger.count(gaps);
		if (gaps.length > 0) yield { gaps };
	}

	/** Makes gaps of the ticks at the end that have no row and no gap, and counts them.
	 *  @param at_ns wall time of the recording */
	theRest(umem: Umem, end: End, at_ns: bigint): Gap[] {
		const gaps = this.ledger.theRest(umem, end, at_ns);
		this.ledger.count(gaps);
		return gaps;
	}
}
