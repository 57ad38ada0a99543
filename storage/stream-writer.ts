// SPDX-License-Identifier: Apache-2.0
/** One stream on its way from the ring to its table: takes batches, hands each to every sink, releases it, keeps count. */
import type { Observer } from "rxjs";
import { type Batch, BatchMaker } from "../sampler/batch.js";
import { type Gap, RingReader } from "../sampler/ring.js";
import type { RingShape, Umem } from "../sampler/umem.js";
import type { RecordingDatabase, RowAppender } from "./database.js";
import { StreamLedger } from "./ledger.js";
import type { RecordedStream } from "./protocol.js";
import { rowsToTake } from "./row-groups.js";
import { StreamSink } from "./sink.js";

/** Of one drain: a quarter of a second at 1 MHz, so that a full ring is worked off in several commits. */
const MOST_ROWS = 262_144;

export class StreamWriter {
	readonly stream: RecordedStream;
	readonly reader: RingReader;
	readonly ledger: StreamLedger;
	readonly #maker: BatchMaker;
	readonly #sink: StreamSink;
	readonly #gaps: RowAppender;
	/** Of the rows taken, those that the current transaction or an earlier one has. */
	#flushed = 0;

	constructor(database: RecordingDatabase, gaps: RowAppender, umem: Umem, stream: RecordedStream, ring: RingShape) {
		this.stream = stream;
		this.reader = new RingReader(umem.ring(ring), ring);
		this.ledger = new StreamLedger(stream, this.reader);
		this.#maker = new BatchMaker(stream, this.reader);
		this.#sink = new StreamSink(database, stream);
		this.#gaps = gaps;
	}

	/** Moves what waits in the ring now; what comes meanwhile is left, or a fast producer would put off the commit for ever.
	 *  So is what would make an odd number of row groups (rowsToTake).
	 *  @param whole only full blocks, which are cheapest
	 *  @param side sees every batch too */
	drain(whole: boolean, side: Observer<Batch>): void {
		this.ledger.noteFill();
		const taken = this.reader.rowsTaken;
		const until = taken + rowsToTake(taken - this.#flushed, Math.min(this.reader.waiting, MOST_ROWS));
		while (this.reader.rowsTaken < until) {
			const batch = this.#maker.next(whole, until - this.reader.rowsTaken);
			if (!batch) break;
			this.#sink.write(batch);
			this.recordGaps(batch.gaps);
			side.next(batch);
			batch.release();
		}
		if (!whole) this.recordGaps(this.reader.takeTrailingGaps());
	}

	recordGaps(gaps: readonly Gap[]): void {
		for (const gap of gaps) this.#gaps.append([this.stream.name, gap.first_tick, gap.ticks, gap.reason, gap.at_ns]);
		this.ledger.count(gaps);
	}

	flush(): void {
		this.#sink.flush();
		this.#flushed = this.reader.rowsTaken;
	}

	close(): void {
		this.#sink.close();
	}
}
