// SPDX-License-Identifier: Apache-2.0
/** Keeps the account of one stream while it is drained: every tick that passed is a row, or is in a gap with a
 *  reason. */
import type { Batch } from "../sampler/batch.js";
import { samplerState, word } from "../sampler/layout.gen.js";
import type { End, RecordedStream, StreamProgress } from "../sampler/recorded.js";
import type { Gap, RingReader } from "../sampler/ring.js";
import type { Umem } from "../sampler/umem.js";

export class StreamLedger {
	readonly stream: RecordedStream;
	readonly reader: RingReader;
	readonly #byReason: Record<string, number> = {};
	#fill = 0;
	#rows = 0;
	#nulls = 0;
	/** Wall time of the last row; null: there was no row. */
	#last_ts: bigint | null = null;

	constructor(stream: RecordedStream, reader: RingReader) {
		this.stream = stream;
		this.reader = reader;
	}

	/** Notes how full the ring is. Call it before a drain, when the ring is fullest. */
	noteFill(): void {
		this.#fill = Math.max(this.#fill, this.reader.fill);
	}

	/** Counts a batch with its gaps, while it is valid. */
	add({ rows, columns, gaps }: Batch): void {
		this.#rows += rows;
		for (const { nulls } of columns) this.#nulls += nulls;
		this.#last_ts = (columns[0]!.values as BigInt64Array)[rows - 1]!;
		this.count(gaps);
	}

	count(gaps: readonly Gap[]): void {
		for (const { reason, ticks } of gaps) this.#byReason[reason] = (this.#byReason[reason] ?? 0) + ticks;
	}

	/** Makes a gap of the ticks at the end that have no row and no gap. A sampler that ended its schedule has stored the
	 *  number of its ticks, and a device may have had none. For a sampler that was killed the clock tells the number of
	 *  ticks; the number of missed events is unknown.
	 *  @param at_ns wall time of the recording */
	theRest(umem: Umem, end: End, at_ns: bigint): Gap[] {
		const said = this.reader.word(word.ring_ticks_scheduled);
		if (said > 0 || Number(umem.control(word.control_state)) === samplerState.STATE_FINISHED)
			return this.#upTo(said, "ring_full", at_ns);
		/* CLOCK_MONOTONIC of tick 0; 0: there was no tick 0. */
		const start_ns = umem.control(word.control_start_ns);
		const period_ns = this.stream.granted_ns ?? this.stream.period_ns;
		const byClock =
			start_ns === 0n || this.stream.paced_by === "events" ? 0 : Math.ceil(Number(end.until_ns - start_ns) / period_ns);
		return this.#upTo(Math.max(0, byClock), "killed", at_ns);
	}

	/** Makes a gap up to, but not including, tick `scheduled`. */
	#upTo(scheduled: number, reason: Gap["reason"], at_ns: bigint): Gap[] {
		const { reader } = this;
		if (scheduled <= reader.nextTick) return [];
		const gap = { first_tick: reader.nextTick, ticks: scheduled - reader.nextTick, reason, at_ns };
		reader.nextTick += gap.ticks;
		reader.gapTicks += gap.ticks;
		return [gap];
	}

	/** The counts so far. The ring fill is the highest since the last call. @param now_ns wall time of the recording */
	progress(now_ns: bigint): StreamProgress {
		const { reader } = this;
		const progress = {
			stream: this.stream.name,
			rows: this.#rows,
			gapTicks: reader.gapTicks,
			gapTicksByReason: { ...this.#byReason },
			nextTick: reader.nextTick,
			fill: this.#fill,
			nulls: this.#nulls,
			behind_ns: this.#last_ts === null ? 0 : Number(now_ns - this.#last_ts),
		};
		this.#fill = 0;
		return progress;
	}
}
