// SPDX-License-Identifier: Apache-2.0
/** Limits how much of the machine is used for reading a recording. A file can ask for more than any machine has. */
import { statfsSync } from "node:fs";
import { tmpdir, totalmem } from "node:os";

export interface Limits {
	/** Bytes of memory that DuckDB may use. What it needs beyond that is spilled to disk, or refused. */
	readonly memory: number;
	/** Bytes that may be spilled to disk; 0: none. */
	readonly spill: number;
	/** Number of threads; default: one for each CPU. */
	readonly threads?: number;
}

/** The most memory for our own questions. A recording of 4,096 counters takes 60 MB. */
const LOOKING = 2 ** 31;

/** DuckDB answers nothing with less memory. */
export const MIN_MEMORY = 32 * 2 ** 20;

/** Memory of the machine, or of the cgroup of this process. */
const memoryOfMachine = (): number => Math.min(totalmem(), process.constrainedMemory() || totalmem());

/** Limits for our own questions: a quarter of the memory, at most 2 GiB, and no spilling. */
export const lookingLimits = (): Limits => ({
	memory: Math.max(MIN_MEMORY, Math.min(LOOKING, Math.floor(memoryOfMachine() / 4))),
	spill: 0,
});

/** Limits for a user's questions: half of the memory unless told otherwise, and half of the free room for temporary
 *  files. */
export const askingLimits = (memory?: number): Limits => ({
	memory: Math.max(MIN_MEMORY, memory ?? Math.floor(memoryOfMachine() / 2)),
	spill: halfOfFree(),
});

function halfOfFree(): number {
	try {
		const { bavail, bsize } = statfsSync(tmpdir());
		return Math.floor((bavail * bsize) / 2);
	} catch {
		/* Without a folder for temporary files nothing can be spilled. */
		return 0;
	}
}
