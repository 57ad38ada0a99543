// SPDX-License-Identifier: Apache-2.0
/** How much is tried. `npm test` must end within minutes; `npm run test:full` (and CI) may take longer. */

export const FULL = "COUNTERSINK_TEST_FULL";

export const isFull = process.env[FULL] === "1";

/** @param brief size for npm test @param full size for npm run test:full */
export const sized = <T>(brief: T, full: T): T => (isFull ? full : brief);

/** Every nth row of a table that is tried whole in full size. The first row is always among them. All rows take the
 *  same way. */
export const sampled = <T>(table: readonly T[], nth = 3): readonly T[] =>
	isFull ? table : table.filter((_, i) => i % nth === 0);
