// SPDX-License-Identifier: Apache-2.0
/** How much of the machine may be used by whatever looks at a recording: a file can ask for more than any machine has. */
import { statfsSync } from "node:fs";
import { tmpdir, totalmem } from "node:os";

export interface Limits {
	/** Bytes that DuckDB may use; what it needs beyond is put aside on disk, or refused. */
	readonly memory: number;
	/** Bytes that may be put aside on disk; 0: none. */
	readonly spill: number;
	/** Default: one for each CPU. */
	readonly threads?: number;
}

/** Looking at a recording of 4,096 counters takes 60 MB. */
const LOOKING = 2 ** 31;

/** DuckDB answers nothing with less. */
export const MIN_MEMORY = 32 * 2 ** 20;

/** Of the machine, or of the group of processes that this one is in. */
const memoryOfMachine = (): number => Math.min(totalmem(), process.constrainedMemory() || totalmem());

/** For what we ask ourselves: a quarter of the memory, at most 2 GiB, and nothing on disk. */
export const lookingLimits = (): Limits => ({
	memory: Math.max(MIN_MEMORY, Math.min(LOOKING, Math.floor(memoryOfMachine() / 4))),
	spill: 0,
});

/** For what a user asks: half of the memory unless told otherwise, and half of what is free where temporary files are. */
export const askingLimits = (memory?: number): Limits => ({
	memory: Math.max(MIN_MEMORY, memory ?? Math.floor(memoryOfMachine() / 2)),
	spill: halfOfFree(),
});

function halfOfFree(): number {
	try {
		const { bavail, bsize } = statfsSync(tmpdir());
		return Math.floor((bavail * bsize) / 2);
	} catch {
		/* Where there is no such folder there is nothing to put aside. */
		return 0;
	}
}
