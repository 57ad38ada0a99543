// SPDX-License-Identifier: Apache-2.0
/**
 * The table `tail`: rows that are recorded and not yet in the table of their stream. A commit into a wide table costs
 * about 40 us a column, however few its rows are; one into the tail costs a tenth of that
 * (docs/decisions/0017-the-tail.md). So a slow stream commits its rows here, and moves them to its table when a block
 * is full, after some seconds, or at the end.
 *
 * One row of `tail` holds `rows` rows of a stream. `cells` draws them, columns one after another, little-endian, 8
 * bytes a cell:
 *
 *   ts       rows x i64    ns since the epoch
 *   tick     rows x u64
 *   read_ns  rows x u64    below 2^32
 *   counters rows x u64, i64 or f64 each, in the order of the table; the cell of a null has no meaning
 *   bitmaps  one for each counter, ceil(rows / 8) bytes, least significant bit first, 1 where there is a value;
 *            absent where nothing is null
 */
import type { CellType } from "../kernel/source.js";
import type { Block, Cells } from "../sampler/batch.js";
import { layout } from "../sampler/layout.gen.js";

const FIXED = layout.FIXED_COLUMNS;
const CELL_BYTES = 8;
/** The highest number of rows in one piece: a block of the ring. */
export const MAX_TAIL_ROWS = layout.BLOCK_ROWS;

const bitmapBytes = (rows: number): number => Math.ceil(rows / 8);

/** Length of `cells` in bytes. @param columns number of counters of the stream */
export const tailBytes = (columns: number, rows: number, nulls: boolean): number =>
	(FIXED + columns) * rows * CELL_BYTES + (nulls ? columns * bitmapBytes(rows) : 0);

/** Copies a bitmap whose first wanted bit is `skip` (0 to 7) to one whose first is 0. */
export function shiftBits(bitmap: Uint8Array, skip: number, bits: number, out: Uint8Array): void {
	const bytes = bitmapBytes(bits);
	for (let i = 0; i < bytes; i++) out[i] = (bitmap[i]! >> skip) | ((bitmap[i + 1] ?? 0) << (8 - skip));
}

function putBits({ validity, nulls, skip }: Cells, rows: number, out: Uint8Array): void {
	if (validity === null || nulls === 0) out.fill(0xff);
	else shiftBits(validity, skip, rows, out);
}

/** The rows of a block as `cells`. */
export function tailCells({ rows, columns }: Block): Uint8Array {
	const nulls = columns.some((column) => column.nulls > 0);
	const out = new Uint8Array(tailBytes(columns.length - FIXED, rows, nulls));
	let at = 0;
	for (const { values } of columns) {
		if (values instanceof Uint32Array) new BigUint64Array(out.buffer, at, rows).set(Array.from(values, BigInt));
		else out.set(new Uint8Array(values.buffer, values.byteOffset, CELL_BYTES * rows), at);
		at += CELL_BYTES * rows;
	}
	if (nulls)
		for (const column of columns.slice(FIXED)) {
			putBits(column, rows, out.subarray(at, at + bitmapBytes(rows)));
			at += bitmapBytes(rows);
		}
	return out;
}

/** One column of a piece of the tail. */
export interface TailColumn {
	readonly type: CellType | "ts" | "tick" | "read_ns";
	/** Offset in the bytes of the piece. */
	readonly offset: number;
	/** The bitmap of the column; null where no value is null. */
	readonly validity: Uint8Array | null;
}

/** The columns of a piece of the tail; null when its length does not match its number of rows.
 *  @param types types of the counters of its stream */
export function tailColumns(cells: Uint8Array, rows: number, types: readonly CellType[]): TailColumn[] | null {
	if (!(rows >= 1 && rows <= MAX_TAIL_ROWS)) return null;
	const nulls = cells.byteLength === tailBytes(types.length, rows, true);
	if (!nulls && cells.byteLength !== tailBytes(types.length, rows, false)) return null;
	const bits = tailBytes(types.length, rows, false);
	return (["ts", "tick", "read_ns", ...types] as const).map((type, i) => {
		const at = bits + (i - FIXED) * bitmapBytes(rows);
		const validity = nulls && i >= FIXED ? cells.subarray(at, at + bitmapBytes(rows)) : null;
		return { type, offset: i * rows * CELL_BYTES, validity };
	});
}
