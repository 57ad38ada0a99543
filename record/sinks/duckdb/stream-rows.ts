// SPDX-License-Identifier: Apache-2.0
/**
 * The rows of one stream on their way into the file. A wide table takes many rows at once cheaply and few rows dearly, so:
 *
 *   1. Rows that fill their block of the ring, or are many, go into the table of the stream.
 *   2. Fewer rows stay in the ring, which is the buffer: the loop does not release them. A commit copies those of them that it has not
 *      copied before into the tail (storage/tail.ts), so that nobody who kills us takes them along.
 *   3. When their block is full, or the first of them has waited for long, or at the end, they go into the table, and in the same
 *      transaction out of the tail.
 */
import type { Batch } from "../../../sampler/batch.js";
import { layout } from "../../../sampler/layout.gen.js";
import { rowsToTake } from "../../../storage/row-groups.js";
import type { TableWriter } from "./table-writer.js";

/** Of one pass: a quarter of a second at 1 MHz, so that a full ring is worked off in several commits. */
const MAX_ROWS = 262_144;
/** So many rows cost no more in the table than in the tail and then in the table. */
const MANY_ROWS = 400;
/** Rows that wait in the tail are in the table after this time. */
const MAX_WAIT_MS = 10_000;

export class StreamRows {
	readonly #table: TableWriter;
	/** The batch that was handed over last; its memory is valid as long as rows are held. */
	#last: Batch | null = null;
	/** Rows that wait in the ring, all of one block. */
	#held = 0;
	/** Those of them, the newest, that are not in the tail. */
	#uncopied = 0;
	/** When the first of them came, by performance.now(). */
	#since = 0;
	/** Whether the tail holds rows that are in the table now. */
	#moved = false;
	/** Rows in the table that the current transaction brought. */
	#unflushed = 0;

	constructor(table: TableWriter) {
		this.#table = table;
	}

	get held(): number {
		return this.#held;
	}

	/** Rows to take, so that what is flushed at once is less than a row group or a multiple of it. */
	room(waiting: number): number {
		return rowsToTake(this.#unflushed + this.#held, Math.min(waiting, MAX_ROWS));
	}

	add(batch: Batch): void {
		if (this.#held === 0) this.#since = performance.now();
		this.#last = batch;
		this.#held += batch.rows;
		this.#uncopied += batch.rows;
		const { first, rows } = batch.run;
		if (first + rows === layout.BLOCK_ROWS || this.#held >= MANY_ROWS) this.#move();
	}

	/** Everything that waits goes into the table. */
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

	/** For the commit: what is to be copied into the tail, and whether what was copied before is to be removed from it first.
	 *  @param all nothing is to wait any longer */
	settle(all: boolean): { forget: boolean; copy: Batch | null } {
		if (all || performance.now() - this.#since > MAX_WAIT_MS) this.#move();
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
