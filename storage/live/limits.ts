// SPDX-License-Identifier: Apache-2.0
/** What a question may cost while the recording goes on. */
import { type Limits, lookingLimits } from "../limits.js";

/** From the opening of the file to the last row: checkpoints wait as long, and the log of the recording grows. */
export const LONGEST_MS = 60_000;

/** At one time. */
export const MOST_ASKERS = 8;

/** One thread, since the other CPUs belong to what is being measured, and nothing is put aside on disk. */
export const liveLimits = (): Limits => ({ ...lookingLimits(), threads: 1 });
