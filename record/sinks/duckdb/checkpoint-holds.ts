// SPDX-License-Identifier: Apache-2.0
/**
 * Lets other processes read the file while it is written. Between two checkpoints DuckDB writes only to blocks that the file does not
 * refer to yet, and behind the end of its log: it must, or a crash would leave no valid file. So who has opened the file after one
 * checkpoint may read it until the next, and while somebody reads, none is made.
 */
import type { RecordingDatabase } from "../../../storage/database.js";

export class CheckpointHolds {
	readonly #database: Pick<RecordingDatabase, "checkpointDue">;
	readonly #grant: (id: number) => void;
	#waiting: number[] = [];
	readonly #held = new Set<number>();

	/** The caller makes every checkpoint: none comes with a commit. */
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

	/** Between commits, when no checkpoint is under way. Who asks when one is due waits for it, or the log would grow for ever under
	 *  readers that relieve each other. */
	update(): void {
		if (this.#waiting.length === 0 || this.#database.checkpointDue) return;
		for (const id of this.#waiting) this.#held.add(id);
		for (const id of this.#waiting) this.#grant(id);
		this.#waiting = [];
	}

	/** Whether a checkpoint should be made now: one is due, and nobody reads. */
	get checkpointDue(): boolean {
		return this.#held.size === 0 && this.#database.checkpointDue;
	}
}
