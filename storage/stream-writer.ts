// SPDX-License-Identifier: Apache-2.0
/** One stream on its way from the ring to its table: takes batches, hands each to every sink, releases it, keeps count. */
import type { Observer } from "rxjs";
import { type Batch, BatchMaker } from "../sampler/batch.js";
import { type Gap, RingReader } from "../sampler/ring.js";
import type { RingShape, Umem } from "../sampler/umem.js";
import type { RecordingDatabase, RowAppender } from "./database.js";
import type { RecordedStream, StreamProgress } from "./protocol.js";
import { rowsToTake } from "./row-groups.js";
import { StreamSink } from "./sink.js";
import type { StreamStatistics } from "./statistics.js";

/** Of one drain: a quarter of a second at 1 MHz, so that a full ring is worked off in several commits. */
const MOST_ROWS = 262_144;

export class StreamWriter {
	readonly stream: RecordedStream;
	readonly reader: RingReader;
	readonly #maker: BatchMaker;
	readonly #sink: StreamSink;
	readonly #gaps: RowAppender;
	readonly #byReason: Record<string, number> = {};
	#fill = 0;
	/** Of the rows taken, those that the current transaction or an earlier one has. */
	#flushed = 0;

	constructor(database: RecordingDatabase, gaps: RowAppender, umem: Umem, stream: RecordedStream, ring: RingShape) {
		this.stream = stream;
		this.reader = new RingReader(umem.ring(ring), ring);
		this.#maker = new BatchMaker(stream, this.reader);
		this.#sink = new StreamSink(database, stream);
		this.#gaps = gaps;
	}

	/** Moves what waits in the ring now; what comes meanwhile is left, or a fast producer would put off the commit for ever.
	 *  So is what would make an odd number of row groups (rowsToTake).
	 *  @param whole only full blocks, which are cheapest
	 *  @param side sees every batch too */
	drain(whole: boolean, side: Observer<Batch>): void {
		this.#fill = Math.max(this.#fill, this.reader.fill);
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
		for (const gap of gaps) {
			this.#gaps.append([this.stream.name, gap.first_tick, gap.ticks, gap.reason, gap.at_ns]);
			this.#byReason[gap.reason] = (this.#byReason[gap.reason] ?? 0) + gap.ticks;
		}
	}

	/** Accounts for ticks that nobody else will: up to, not including, tick `scheduled`. */
	recordRest(scheduled: number, reason: Gap["reason"], at_ns: bigint): void {
		const { reader } = this;
		if (scheduled <= reader.nextTick) return;
		const ticks = scheduled - reader.nextTick;
		this.recordGaps([{ first_tick: reader.nextTick, ticks, reason, at_ns }]);
		reader.nextTick += ticks;
		reader.gapTicks += ticks;
	}

	flush(): void {
		this.#sink.flush();
		this.#flushed = this.reader.rowsTaken;
	}

	close(): void {
		this.#sink.close();
	}

	/** Counts so far; the ring fill is the highest since the last call. @param now_ns wall time of the recording */
	progress(live: StreamStatistics | undefined, now_ns: bigint): StreamProgress {
		const { reader } = this;
		const progress = {
			stream: this.stream.name,
			rows: live?.rows ?? 0,
			gapTicks: reader.gapTicks,
			gapTicksByReason: { ...this.#byReason },
			nextTick: reader.nextTick,
			fill: this.#fill,
			nulls: live?.nulls ?? 0,
			behind_ns: live ? Number(now_ns - live.last_ts) : 0,
		};
		this.#fill = 0;
		return progress;
	}
}
