// SPDX-License-Identifier: Apache-2.0
/** How DuckDB lays a table out in the file, and how many rows are therefore committed together. */

/**
 * Number of rows in a row group, and of bytes in a block. DuckDB's default of 122,880 rows make a checkpoint of a wide
 * table stall for seconds, and its default blocks of 256 KiB leave a fifth of the file empty with smaller row groups;
 * this pair came out smallest of 40 (docs/decisions/0006-row-groups-and-blocks.md).
 */
export const ROW_GROUP_SIZE = 65_536;
export const BLOCK_SIZE = 65_536;

const CHECKPOINT_THRESHOLD = 64_000_000;

/**
 * A recording of more counters than this is wide: a normal checkpoint joins the row groups that are not full, and
 * holds them in memory as plain values meanwhile. With 900 counters at 1 kHz they take 230 MB, and more in a longer
 * recording (docs/decisions/0006-row-groups-and-blocks.md).
 */
const WIDE_COLUMNS = 256;

/** @param columns counters of all streams together */
export const isWide = (columns: number): boolean => columns > WIDE_COLUMNS;

/** How a file is merged with its log. */
export interface Merging {
	/** Size of the log in bytes at which it is merged into the tables: rows that are merged together are packed
	 *  together. */
	readonly threshold_bytes: number;
	/** Whether row groups that are not full are joined. */
	readonly joins: boolean;
}

/** @param columns counters of all streams together */
export const mergingOf = (columns: number): Merging =>
	isWide(columns)
		? { threshold_bytes: CHECKPOINT_THRESHOLD / 2, joins: false }
		: { threshold_bytes: CHECKPOINT_THRESHOLD, joins: true };

/**
 * Number of the waiting rows to take, so that one flush is either less than a row group or a multiple of it. A commit
 * of slightly more than a row group makes the checkpoint at the end rewrite both, and can double the file (measured).
 * @param unflushed rows taken since the last flush
 */
export function rowsToTake(unflushed: number, waiting: number): number {
	const together = unflushed + waiting;
	return together < ROW_GROUP_SIZE ? waiting : Math.floor(together / ROW_GROUP_SIZE) * ROW_GROUP_SIZE - unflushed;
}
