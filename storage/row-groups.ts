// SPDX-License-Identifier: Apache-2.0
/** How DuckDB lays a table out in the file, and what that means for the rows that are committed together. */

/** Bytes of a block. DuckDB's own 256 KiB leave a fifth of the file empty with these row groups, and below 64 KiB little is compressed
 *  (docs/decisions/0006-row-groups-and-blocks.md). */
export const BLOCK_SIZE = 65_536;

export interface Layout {
	/** Rows of a row group. */
	readonly rows: number;
	/** Bytes of log written before it is merged into the table: what is merged together is packed into blocks together. */
	readonly checkpoint_bytes: number;
}

/** DuckDB's own 122,880 rows make a checkpoint of a wide table stall for seconds; these came out smallest of 40. */
const usual: Layout = { rows: 65_536, checkpoint_bytes: 64_000_000 };

const VECTOR_ROWS = 2048;

/** Values of a row group: 128 counters fill one of the usual rows. A checkpoint rewrites the row group that is not full yet as a whole,
 *  and holds it in memory meanwhile, so a wider recording has shorter ones. */
const MAX_VALUES = 128 * usual.rows;

/** @param columns counters of all streams together */
export function layoutOf(columns: number): Layout {
	const rows = Math.floor(MAX_VALUES / Math.max(1, columns) / VECTOR_ROWS) * VECTOR_ROWS;
	if (rows >= usual.rows) return usual;
	return { rows: Math.max(2 * VECTOR_ROWS, rows), checkpoint_bytes: usual.checkpoint_bytes / 2 };
}

/**
 * How many of the waiting rows to take, so that what is flushed at once is either less than a row group or a multiple of it.
 * A commit of one and a bit makes the checkpoint at the end rewrite both, and can double the file (measured).
 * @param unflushed rows taken since the last flush
 * @param group rows of a row group
 */
export function rowsToTake(unflushed: number, waiting: number, group: number): number {
	const together = unflushed + waiting;
	return together < group ? waiting : Math.floor(together / group) * group - unflushed;
}
