// SPDX-License-Identifier: Apache-2.0
/**
 * The consumer's side of one ring: polls the published counts, hands out runs of rows within one block, and releases
 * them in order, without a copy and without a system call. It checks every tick: rows and gaps must follow each other
 * without a hole.
 */
import { assert } from "../base/errors.js";
import { gapReasons, LAYOUT_HASH, layout, UMEM_MAGIC, word } from "./layout.gen.js";
import { blockBytes, blocksOffset, type RingShape } from "./umem.js";

const { BLOCK_ROWS, COLUMN_STRIDE, FIXED_COLUMNS, VALIDITY_BYTES } = layout;

/** `sink_full`: the row is in the recording, but this sink did not get it (record/side.ts). */
export type GapReason = (typeof gapReasons)[keyof typeof gapReasons] | "sink_full";

/** Scheduled reads that did not happen: `ticks` ticks, starting with first_tick. at_ns is the wall time at which the
 *  gap was noticed. */
export interface Gap {
	readonly first_tick: number;
	readonly ticks: number;
	readonly reason: GapReason;
	readonly at_ns: bigint;
}

/** A run of rows within one block. `first` is the index of its first row in the block. The memory is valid until
 *  release(). */
export interface Run {
	readonly blockOffset: number;
	readonly first: number;
	readonly rows: number;
}

/** A fit of a device's clock to the machine's: at wall time ts it showed device_clock. rate_ppb is how much faster it
 *  runs than its nominal rate. */
export interface ClockFit {
	readonly ts: bigint;
	readonly device_clock: bigint;
	readonly rate_ppb: bigint;
	readonly residual_ns: bigint;
}

/** Why a ring is refused. "not ready" may change; the others will not. */
export type Refusal = "not ready" | "not ours" | "other layout" | "truncated" | "bad shape";

export function refusal(buffer: ArrayBuffer, shape: RingShape): Refusal | null {
	if (buffer.byteLength < layout.RING_GAPS) return "truncated";
	const words = new BigUint64Array(buffer, 0, layout.RING_HISTOGRAMS / 8);
	const magic = Atomics.load(words, word.ring_magic / 8);
	if (magic === 0n) return "not ready";
	if (magic !== UMEM_MAGIC) return "not ours";
	if (words[word.ring_hash / 8] !== LAYOUT_HASH) return "other layout";
	if (buffer.byteLength < blocksOffset(shape.gapCapacity) + shape.blocks * blockBytes(shape.columns))
		return "truncated";
	const agrees =
		Number(words[word.ring_columns / 8]) === shape.columns &&
		Number(words[word.ring_blocks / 8]) === shape.blocks &&
		Number(words[word.ring_gap_capacity / 8]) === shape.gapCapacity;
	return agrees ? null : "bad shape";
}

export class RingReader {
	readonly buffer: ArrayBuffer;
	readonly shape: RingShape;
	readonly #words: BigUint64Array;
	readonly #blockBytes: number;
	readonly #blocksOffset: number;
	#taken = 0;
	#gapsTaken = 0;
	#clockVersion = 0n;
	/** Every tick before this one is a taken row or in a taken gap. */
	nextTick = 0;
	/** Number of ticks in taken gaps. */
	gapTicks = 0;

	constructor(buffer: ArrayBuffer, shape: RingShape) {
		const reason = refusal(buffer, shape);
		assert(reason === null, `ring is ${reason}`);
		this.buffer = buffer;
		this.shape = shape;
		this.#words = new BigUint64Array(buffer, 0, layout.RING_HISTOGRAMS / 8);
		this.#blockBytes = blockBytes(shape.columns);
		this.#blocksOffset = blocksOffset(shape.gapCapacity);
	}

	/** A shared word of this ring, by its byte offset in `word`. */
	word(offset: number): number {
		return Number(Atomics.load(this.#words, offset / 8));
	}

	/** Number of rows that are published and not taken. */
	get waiting(): number {
		return this.word(word.ring_rows_published) - this.#taken;
	}

	/** The share of the ring that is not released, 0 to 1. */
	get fill(): number {
		const held = this.word(word.ring_rows_published) - this.word(word.ring_rows_released);
		return held / (this.shape.blocks * BLOCK_ROWS);
	}

	get rowsTaken(): number {
		return this.#taken;
	}

	/** The next run of rows, up to the end of its block, with every gap before its last row; null when nothing waits.
	 *  @param whole take only runs that reach the end of their block
	 *  @param most highest number of rows in the run */
	take(whole = false, most: number = BLOCK_ROWS): { run: Run; gaps: Gap[] } | null {
		const published = this.word(word.ring_rows_published);
		const first = this.#taken % BLOCK_ROWS;
		const rows = Math.min(published - this.#taken, BLOCK_ROWS - first, most);
		if (rows === 0 || (whole && first + rows < BLOCK_ROWS)) return null;
		const block = Math.floor(this.#taken / BLOCK_ROWS) % this.shape.blocks;
		const run = { blockOffset: this.#blocksOffset + block * this.#blockBytes, first, rows };
		this.#taken += rows;
		const lastTick = Number(this.ticks(run)[rows - 1]);
		const gaps = this.#takeGaps((gap) => gap.first_tick < lastTick);
		this.nextTick += rows;
		assert(this.nextTick === lastTick + 1, `ticks to ${lastTick} accounted for, found ${this.nextTick - 1}`);
		return { run, gaps };
	}

	/** Takes the gaps that directly follow what was taken. A source that is dead publishes no rows, so its gaps cannot
	 *  come with a run. */
	takeTrailingGaps(): Gap[] {
		return this.#takeGaps((gap) => gap.first_tick === this.nextTick);
	}

	/** The latest fit of a device's clock; null when there was no new one since the last call, or while it is being
	 *  written. */
	takeClockFit(): ClockFit | null {
		const load = (offset: number): bigint => Atomics.load(this.#words, offset / 8);
		const version = load(word.ring_clock_version);
		if (version === this.#clockVersion || version % 2n === 1n) return null;
		const fit = {
			ts: load(word.ring_clock_ts),
			device_clock: load(word.ring_clock_device),
			rate_ppb: BigInt.asIntN(64, load(word.ring_clock_rate_ppb)),
			residual_ns: load(word.ring_clock_residual_ns),
		};
		if (load(word.ring_clock_version) !== version) return null;
		this.#clockVersion = version;
		return fit;
	}

	#takeGaps(wanted: (gap: Gap) => boolean): Gap[] {
		const published = this.word(word.ring_gaps_published);
		const gaps: Gap[] = [];
		while (this.#gapsTaken < published) {
			const gap = this.#gapAt(this.#gapsTaken % this.shape.gapCapacity);
			if (!wanted(gap)) break;
			gaps.push(gap);
			this.nextTick += gap.ticks;
			this.gapTicks += gap.ticks;
			this.#gapsTaken++;
		}
		Atomics.store(this.#words, word.ring_gaps_released / 8, BigInt(this.#gapsTaken));
		return gaps;
	}

	#gapAt(slot: number): Gap {
		const words = new BigUint64Array(this.buffer, layout.RING_GAPS + slot * layout.GAP_BYTES, 4);
		return {
			first_tick: Number(words[0]),
			ticks: Number(words[1]),
			reason: gapReasons[Number(words[2]) as keyof typeof gapReasons],
			at_ns: words[3]!,
		};
	}

	/** Gives the memory of all taken rows except the last `held` back to the producer. Views over them become
	 *  invalid. */
	release(held = 0): void {
		Atomics.store(this.#words, word.ring_rows_released / 8, BigInt(this.#taken - held));
	}

	timestamps(run: Run): BigInt64Array {
		return new BigInt64Array(this.buffer, run.blockOffset + run.first * 8, run.rows);
	}

	ticks(run: Run): BigUint64Array {
		return new BigUint64Array(this.buffer, run.blockOffset + COLUMN_STRIDE + run.first * 8, run.rows);
	}

	readTimes(run: Run): Uint32Array {
		return new Uint32Array(this.buffer, run.blockOffset + 2 * COLUMN_STRIDE + run.first * 4, run.rows);
	}

	/** Byte offset of the first cell of a counter's column within the buffer. */
	cells(run: Run, column: number): number {
		return run.blockOffset + (FIXED_COLUMNS + column) * COLUMN_STRIDE + run.first * 8;
	}

	/** The validity bitmap of a column for its whole block (bit 0 is row 0 of the block), or null when no value is
	 *  null. */
	validity(run: Run, column: number): Uint8Array | null {
		const counts = run.blockOffset + (FIXED_COLUMNS + this.shape.columns) * COLUMN_STRIDE;
		const count = Atomics.load(new BigUint64Array(this.buffer, counts + column * 8, 1), 0);
		if (count === 0n) return null;
		return new Uint8Array(this.buffer, counts + this.shape.columns * 8 + column * VALIDITY_BYTES, VALIDITY_BYTES);
	}
}
