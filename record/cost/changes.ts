// SPDX-License-Identifier: Apache-2.0
/** Finds how often the value of a counter really changes, from the rows of a short run. */
import type { RingReader, Run } from "../../sampler/ring.js";

export interface Changes {
	/** Number of reads whose value differs from the previous one. */
	readonly changes: number;
	/** The fewest ticks between two consecutive changes, exact to one tick; null where no two changes are known that
	 *  exactly. */
	readonly shortest_ticks: number | null;
	/** Number of times that the value wrapped at its width. */
	readonly wraps: number;
	/** Number of reads that gave no value. */
	readonly nulls: number;
}

const WORD = 2 ** 32;

/** Whether a fall is a wrap: from the top quarter of the range to the bottom quarter. A reset can fall from and to any
 *  value. */
function wrapped(before: number, after: number, width: number): boolean {
	const range = 2 ** width;
	return before > 0.75 * range && after < 0.25 * range;
}

/**
 * Follows one column. Values are compared as bits, by their 32-bit halves: a BigInt for each cell would cost ten times
 * as much.
 *
 * Time between changes is counted in ticks, and only from and to changes that happened within one tick: after a gap it
 * is not known when the value changed, and a late read would make the next change look sooner than it is.
 */
export class ChangeWatch {
	readonly #column: number;
	/** 0: no fall is a wrap (a gauge). */
	readonly #width: number;
	#low = 0;
	#high = 0;
	/** Tick of the last value. */
	#tick = Number.NEGATIVE_INFINITY;
	/** Tick of the last change that is known to the tick. */
	#changed = Number.NEGATIVE_INFINITY;
	#changes = 0;
	#shortest = Number.POSITIVE_INFINITY;
	#wraps = 0;
	#nulls = 0;

	constructor(column: number, width: number) {
		this.#column = column;
		this.#width = width;
	}

	/** @param ticks the ticks of the rows of the run */
	add(reader: RingReader, run: Run, ticks: Float64Array): void {
		const halves = new Uint32Array(reader.buffer, reader.cells(run, this.#column), 2 * run.rows);
		const validity = reader.validity(run, this.#column);
		for (let i = 0; i < run.rows; i++) {
			const row = run.first + i;
			if (validity && (validity[row >> 3]! & (1 << (row & 7))) === 0) this.#nulls++;
			else this.#see(halves[2 * i]!, halves[2 * i + 1]!, ticks[i]!);
		}
	}

	#see(low: number, high: number, tick: number): void {
		const before = this.#tick;
		this.#tick = tick;
		if (low === this.#low && high === this.#high) return;
		if (before >= 0) this.#change(low, high, tick, tick - before === 1);
		this.#low = low;
		this.#high = high;
	}

	#change(low: number, high: number, tick: number, exact: boolean): void {
		this.#changes++;
		if (exact) this.#shortest = Math.min(this.#shortest, tick - this.#changed);
		this.#changed = exact ? tick : Number.NEGATIVE_INFINITY;
		if (this.#width && wrapped(this.#high * WORD + this.#low, high * WORD + low, this.#width)) this.#wraps++;
	}

	get result(): Changes {
		return {
			changes: this.#changes,
			shortest_ticks: Number.isFinite(this.#shortest) ? this.#shortest : null,
			wraps: this.#wraps,
			nulls: this.#nulls,
		};
	}
}
