// SPDX-License-Identifier: Apache-2.0
/** Steps that a test takes while it samples. */

/** For `meanwhile` of sample(): calls the steps one at a time, at every tenth look at the rings, at least 50 ms
 *  apart. */
export function inTurn(...steps: (() => unknown)[]): () => Promise<void> {
	let looks = 0;
	return async () => {
		if (++looks % 10 === 0) await steps.shift()?.();
	};
}
