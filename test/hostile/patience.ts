// SPDX-License-Identifier: Apache-2.0
import { availableParallelism, loadavg } from "node:os";

const MAX_FACTOR = 10;

/** A time limit on a machine that is busy with other things, by its load. @param limit_ms on a quiet machine */
export const patience = (limit_ms: number): number =>
	limit_ms * Math.min(MAX_FACTOR, Math.max(1, loadavg()[0]! / availableParallelism()));
