// SPDX-License-Identifier: Apache-2.0
/**
 * Lets other processes read the file while it is written. Between two checkpoints DuckDB writes only to blocks that
 * the file does not refer to yet, and after the end of its log: otherwise a crash would leave no valid file. So a
 * process that has opened the file after one checkpoint may read it until the next, and no checkpoint is made while a
 * process reads.
 */
import type { RecordingDatabase } from "../../../storage/database.js";

export class CheckpointHolds {
	readonly #database: Pick<RecordingDatabase, "checkpointDue">;
	readonly #grant: (id: number) => void;
	#waiting: number[] = [];
	readonly #held = new Set<number>();

	/** The caller makes every checkpoint: a commit makes none. */
	constructor(database: Pick<RecordingDatabase, "checkpointDue">, grant: (id: number) => void) {
		this.#database = database;
		this.#grant = grant;
	}

	ask(id: number): void {
		this.#waiting.push(id);
	}

	release(id: number): void {
		this.#held.delete(id);
	}

	/** Grants what was asked for. Call it between commits, when no checkpoint is under way. A reader that asks when a
	 *  checkpoint is due waits for it, or the log would grow for ever while readers overlap. */
	update(): void {
		if (this.#waiting.length === 0 || this.#database.checkpointDue) return;
		for (const id of this.#waiting) this.#held.add(id);
		for (const id of this.#waiting) this.#grant(id);
		this.#waiting = [];
	}

	/** Whether a checkpoint should be made now: one is due, and no process reads. */
	get checkpointDue(): boolean {
		return this.#held.size === 0 && this.#database.checkpointDue;
	}
}
