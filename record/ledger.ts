// SPDX-License-Identifier: Apache-2.0
/** The account of one stream while it is drained: every tick that passed is a row or a gap with a reason. */
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
	/** Wall time of the last row; null: there was none. */
	#last_ts: bigint | null = null;

	constructor(stream: RecordedStream, reader: RingReader) {
		this.stream = stream;
		this.reader = reader;
	}

	/** Looks how full the ring is; best before a drain. */
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

	/** The ticks that nobody else will account for: a sampler that ended its schedule says how many ticks that were, and a device
	 *  may have had none; for one that was killed the clock says it, but nobody says how many events there would have been.
	 *  @param at_ns wall time of the recording */
	theRest(umem: Umem, end: End, at_ns: bigint): Gap[] {
		const said = this.reader.word(word.ring_ticks_scheduled);
		if (said > 0 || Number(umem.control(word.control_state)) === samplerState.STATE_FINISHED)
			return this.#upTo(said, "ring_full", at_ns);
		/* CLOCK_MONOTONIC of tick 0; 0: it never came. */
		const start_ns = umem.control(word.control_start_ns);
		const period_ns = this.stream.granted_ns ?? this.stream.period_ns;
		const byClock =
			start_ns === 0n || this.stream.paced_by === "events" ? 0 : Math.ceil(Number(end.until_ns - start_ns) / period_ns);
		return this.#upTo(Math.max(0, byClock), "killed", at_ns);
	}

	/** Up to, not including, tick `scheduled`. */
	#upTo(scheduled: number, reason: Gap["reason"], at_ns: bigint): Gap[] {
		const { reader } = this;
		if (scheduled <= reader.nextTick) return [];
		const gap = { first_tick: reader.nextTick, ticks: scheduled - reader.nextTick, reason, at_ns };
		reader.nextTick += gap.ticks;
		reader.gapTicks += gap.ticks;
		return [gap];
	}

	/** Counts so far; the ring fill is the highest since the last call. @param now_ns wall time of the recording */
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
