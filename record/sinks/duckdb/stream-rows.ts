// SPDX-License-Identifier: Apache-2.0
/**
 * Moves the rows of one stream into the file. Many rows at once are cheap in a wide table, and few rows are expensive,
 * so:
 *
 *   1. Rows that fill their block of the ring, or are many, go into the table of the stream.
 *   2. Fewer rows stay in the ring, which is the buffer: the loop does not release them. A commit copies those of them
 *      that it has not copied before into the tail (storage/tail.ts), so that a SIGKILL does not lose them.
 *   3. When their block is full, or the first of them has waited for long, or at the end, they go into the table. The
 *      same transaction removes them from the tail.
 */
import type { Batch } from "../../../sampler/batch.js";
import { layout } from "../../../sampler/layout.gen.js";
import { rowsToTake } from "../../../storage/row-groups.js";
import type { TableWriter } from "./table-writer.js";

/** The highest number of rows in one pass: a quarter of a second at 1 MHz, so that a full ring takes several
 *  commits. */
const MAX_ROWS = 262_144;
/** From this number of rows on, the table alone costs no more than the tail and then the table. */
const MANY_ROWS = 400;
/** The longest time that rows wait in the tail before they go into the table. */
const MAX_WAIT_MS = 60_000;

export class StreamRows {
	readonly #table: TableWriter;
	/** The batch that was handed over last; its memory is valid as long as rows are held. */
	#last: Batch | null = null;
	/** Number of rows that wait in the ring. All are in one block. */
	#held = 0;
	/** Number of the newest of them that are not in the tail. */
	#uncopied = 0;
	/** When the first of them was handed over, by performance.now(). */
	#since = 0;
	/** Whether the tail holds rows that are in the table now. */
	#moved = false;
	/** Number of rows that the current transaction added to the table. */
	#unflushed = 0;

	constructor(table: TableWriter) {
		this.#table = table;
	}

	get held(): number {
		return this.#held;
	}

	/** Number of rows to take, so that one flush is less than a row group or a multiple of it. */
	room(waiting: number): number {
		return rowsToTake(this.#unflushed + this.#held, Math.min(waiting, MAX_ROWS));
	}

	add(batch: Batch): void {
		if (this.#held === 0) this.#since = performance.now();
		this.#last = batch;
		this.#held += batch.rows;
		this.#uncopied += batch.rows;
		const { first, rows } = batch.run;
		if (first + rows === layout.BLOCK_ROWS || this.#uncopied >= MANY_ROWS) this.#move();
	}

	/** Moves all waiting rows into the table. */
	#move(): void {
		if (this.#held === 0) return;
		this.#table.write(this.#newest(this.#held));
		this.#unflushed += this.#held;
		if (this.#uncopied < this.#held) this.#moved = true;
		this.#held = 0;
		this.#uncopied = 0;
	}

	#newest(rows: number): Batch {
		const last = this.#last!;
		return last.rows === rows ? last : last.withEarlier(rows - last.rows);
	}

	/** Whether rows have waited too long in the tail. */
	get overdue(): boolean {
		return this.#held > 0 && performance.now() - this.#since > MAX_WAIT_MS;
	}

	/** Prepares a commit.
	 *  @param all moves all waiting rows into the table
	 *  @returns the rows to copy into the tail, and whether the rows copied before must be removed from it first */
	settle(all: boolean): { forget: boolean; copy: Batch | null } {
		if (all) this.#move();
		const forget = this.#moved;
		const copy = this.#uncopied > 0 ? this.#newest(this.#uncopied) : null;
		this.#moved = false;
		this.#uncopied = 0;
		if (this.#unflushed > 0) this.#table.flush();
		this.#unflushed = 0;
		return { forget, copy };
	}

	close(): void {
		this.#table.close();
	}
}
