// SPDX-License-Identifier: Apache-2.0
/** How DuckDB lays a table out in the file, and what that means for the rows that are committed together. */

/**
 * Rows of a row group, and bytes of a block. DuckDB's own 122,880 rows make a checkpoint of a wide table stall for seconds, and its
 * own blocks of 256 KiB leave a fifth of the file empty with smaller row groups; this pair came out smallest of 40
 * (docs/decisions/0006-row-groups-and-blocks.md).
 */
export const ROW_GROUP_SIZE = 65_536;
export const BLOCK_SIZE = 65_536;

/** Bytes of log written before it is merged into the table: what is merged together is packed into blocks together. */
export const CHECKPOINT_THRESHOLD = 64_000_000;

/**
 * How many of the waiting rows to take, so that what is flushed at once is either less than a row group or a multiple of it.
 * A commit of one and a bit makes the checkpoint at the end rewrite both, and can double the file (measured).
 * @param unflushed rows taken since the last flush
 */
export function rowsToTake(unflushed: number, waiting: number): number {
	const together = unflushed + waiting;
	return together < ROW_GROUP_SIZE ? waiting : Math.floor(together / ROW_GROUP_SIZE) * ROW_GROUP_SIZE - unflushed;
}
