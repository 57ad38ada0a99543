// SPDX-License-Identifier: Apache-2.0
/** Things that a test does while it samples. */

/** For `meanwhile` of sample(): calls the steps one at a time, every tenth look at the rings, 50 ms or more apart. */
export function inTurn(...steps: (() => unknown)[]): () => Promise<void> {
	let looks = 0;
	return async () => {
		if (++looks % 10 === 0) await steps.shift()?.();
	};
}
