// SPDX-License-Identifier: Apache-2.0
/**
 * A producer in TypeScript that writes realistic counters into a ring. With it the consumer can be measured without a
 * clock, because any number of rows is there at once. The producer must never be ahead of the reader by more than the
 * ring holds.
 *
 * There are eight kinds of counter, which differ in their increment per tick. The increments are from 0 to 21 bits
 * wide, as in a 1 kHz recording of a busy machine: this width decides how well a column compresses.
 */
import { assert } from "../base/errors.js";
import type { StreamShape } from "../sampler/batch.js";
import { layout, word } from "../sampler/layout.gen.js";
import { blockBytes, blocksOffset, type RingShape } from "../sampler/umem.js";

const { BLOCK_ROWS, COLUMN_STRIDE, FIXED_COLUMNS } = layout;
const TWO_32 = 2 ** 32;

/** Xorshift: fast, and with the same numbers in every run. */
class Random {
	#state: number;

	constructor(seed: number) {
		this.#state = seed | 1;
	}

	/** Returns an integer from 0 to n - 1. */
	below(n: number): number {
		let x = this.#state;
		x ^= x << 13;
		x ^= x >>> 17;
		x ^= x << 5;
		this.#state = x;
		return Math.floor(((x >>> 0) / TWO_32) * n);
	}
}

/** Returns the increment of the counter in one tick. */
type Step = (random: Random) => number;

const kinds: readonly { readonly name: string; readonly start: number; readonly step: Step }[] = [
	{ name: "rare", start: 0, step: (r) => (r.below(5000) === 0 ? 1 : 0) },
	{ name: "packets", start: 1e9, step: (r) => r.below(256) },
	{ name: "bytes", start: 1e12, step: (r) => r.below(256) * (64 + r.below(1437)) },
	{ name: "cycles", start: 1e13, step: (r) => 2_470_000 + r.below(260_000) },
	{ name: "instructions", start: 1e13, step: (r) => 2_400_000 + r.below(1_200_000) },
	{ name: "cache_misses", start: 1e11, step: (r) => 6_000 + r.below(28_000) },
	{ name: "gauge", start: 8e9, step: (r) => r.below(8192) - 4096 },
	{ name: "constant", start: 42, step: () => 0 },
];

/** A stream of realistic counters; the kinds take turns. @param columns number of counters */
export function realisticStream(name: string, columns: number): StreamShape {
	return {
		name,
		columns: Array.from({ length: columns }, (_, i) => {
			const column = `${kinds[i % kinds.length]!.name}_${Math.floor(i / kinds.length)}`;
			return { name: column, id: `bench:${column}`, type: "u64" as const };
		}),
	};
}

/* 2025-01-01, split so that nanoseconds stay exact as two halves. */
const EPOCH_NS = 1_735_689_600_000_000_000n;
const EPOCH_LOW = Number(EPOCH_NS & 0xffffffffn);
const EPOCH_HIGH = Number(EPOCH_NS >> 32n);
/** The largest lateness of a read in a loop that sleeps. */
const JITTER_NS = 20_000;
const READ_NS = { least: 1800, spread: 600 };

export class Filler {
	readonly #words: BigUint64Array;
	readonly #halves: Uint32Array;
	readonly #shape: RingShape;
	readonly #columns: { readonly step: Step; readonly random: Random; value: number }[];
	readonly #random = new Random(1);
	#published = 0;

	/** @param buffer the ring: Umem.ring(shape) */
	constructor(buffer: ArrayBuffer, shape: RingShape) {
		this.#words = new BigUint64Array(buffer, 0, layout.RING_HISTOGRAMS / 8);
		this.#halves = new Uint32Array(buffer);
		this.#shape = shape;
		this.#columns = Array.from({ length: shape.columns }, (_, i) => {
			const { step, start } = kinds[i % kinds.length]!;
			return { step, random: new Random(1000 + i), value: start };
		});
	}

	/** The number of rows that fit before the reader must release some. */
	get room(): number {
		const released = Number(Atomics.load(this.#words, word.ring_rows_released / 8));
		return this.#shape.blocks * BLOCK_ROWS - (this.#published - released);
	}

	publish(rows: number): void {
		assert(rows <= this.room, "the filler never overtakes the reader");
		for (let left = rows; left > 0; ) {
			const first = this.#published % BLOCK_ROWS;
			const count = Math.min(left, BLOCK_ROWS - first);
			this.#fillRun(first, count);
			this.#published += count;
			left -= count;
			Atomics.store(this.#words, word.ring_rows_published / 8, BigInt(this.#published));
		}
	}

	#fillRun(first: number, count: number): void {
		const number = Math.floor(this.#published / BLOCK_ROWS) % this.#shape.blocks;
		const block = blocksOffset(this.#shape.gapCapacity) + number * blockBytes(this.#shape.columns);
		this.#fillFixed(block, first, count);
		this.#columns.forEach((column, i) => {
			let at = (block + (FIXED_COLUMNS + i) * COLUMN_STRIDE + first * 8) / 4;
			const { step, random } = column;
			let { value } = column;
			for (let row = 0; row < count; row++) {
				value += step(random);
				this.#halves[at++] = value;
				this.#halves[at++] = value / TWO_32;
			}
			column.value = value;
		});
	}

	#fillFixed(block: number, first: number, count: number): void {
		const halves = this.#halves;
		let ts = (block + first * 8) / 4;
		let tick = (block + COLUMN_STRIDE + first * 8) / 4;
		let read = (block + 2 * COLUMN_STRIDE + first * 4) / 4;
		for (let row = 0; row < count; row++) {
			const number = this.#published + row;
			const ns = EPOCH_LOW + number * this.#shape.period_ns + this.#random.below(JITTER_NS);
			halves[ts++] = ns % TWO_32;
			halves[ts++] = EPOCH_HIGH + ns / TWO_32;
			halves[tick++] = number;
			halves[tick++] = number / TWO_32;
			halves[read++] = READ_NS.least + this.#random.below(READ_NS.spread);
		}
	}
}
