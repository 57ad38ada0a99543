// SPDX-License-Identifier: Apache-2.0
/** What a question may cost while the recording goes on. */
import { totalmem } from "node:os";

/** From the opening of the file to the last row: checkpoints wait as long, and the log of the recording grows. */
export const LONGEST_MS = 60_000;

/** At one time. */
export const MOST_ASKERS = 8;

const LARGEST = 2 ** 31;

/** A quarter of the memory that there is, at most 2 GiB. */
const memory = (): number =>
	Math.min(LARGEST, Math.floor(Math.min(totalmem(), process.constrainedMemory() || totalmem()) / 4));

/** One thread, since the other CPUs belong to what is being measured, and nothing is put aside on disk. */
export const liveLimits = (): string[] => [
	"SET threads = 1",
	`SET memory_limit = '${memory()}B'`,
	"SET temp_directory = ''",
];
