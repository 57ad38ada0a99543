// SPDX-License-Identifier: Apache-2.0
/** How much is tried: `npm test` must end within minutes, `npm run test:full` (and CI) may take its time. */

export const FULL = "COUNTERSINK_TEST_FULL";

export const isFull = process.env[FULL] === "1";

/** @param brief what npm test tries; @param full what npm run test:full tries */
export const sized = <T>(brief: T, full: T): T => (isFull ? full : brief);

/** Of a table that is tried whole in full size, here every nth row, the first always: all rows go one way through the product. */
export const sampled = <T>(table: readonly T[], nth = 3): readonly T[] =>
	isFull ? table : table.filter((_, i) => i % nth === 0);
