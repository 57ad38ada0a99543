// SPDX-License-Identifier: Apache-2.0
/** How DuckDB lays a table out in the file, and what that means for the rows that are committed together. */

/**
 * Rows of a row group, and bytes of a block. DuckDB's own 122,880 rows make a checkpoint of a wide table stall for seconds, and its
 * own blocks of 256 KiB leave a fifth of the file empty with smaller row groups; this pair came out smallest of 40
 * (docs/decisions/0006-row-groups-and-blocks.md).
 */
export const ROW_GROUP_SIZE = 65_536;
export const BLOCK_SIZE = 65_536;

const CHECKPOINT_THRESHOLD = 64_000_000;

/**
 * A recording of more counters than this is wide: a usual checkpoint joins the row groups that are not full, and holds them in memory as
 * plain values meanwhile. With 900 counters at 1 kHz these are 230 MB, and more the longer the recording
 * (docs/decisions/0006-row-groups-and-blocks.md).
 */
const WIDE_COLUMNS = 256;

/** @param columns counters of all streams together */
export const isWide = (columns: number): boolean => columns > WIDE_COLUMNS;

/** How a file of so many columns is merged with its log. */
export interface Merging {
	/** Bytes of log written before it is merged into the table: what is merged together is packed into blocks together. */
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
 * How many of the waiting rows to take, so that what is flushed at once is either less than a row group or a multiple of it.
 * A commit of one and a bit makes the checkpoint at the end rewrite both, and can double the file (measured).
 * @param unflushed rows taken since the last flush
 */
export function rowsToTake(unflushed: number, waiting: number): number {
	const together = unflushed + waiting;
	return together < ROW_GROUP_SIZE ? waiting : Math.floor(together / ROW_GROUP_SIZE) * ROW_GROUP_SIZE - unflushed;
}
