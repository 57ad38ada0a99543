// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";

/** Asserts that every sampled value of a counter is between a reading before and one after, and that none is smaller
 *  than the one before. */
export function assertBetween(
	id: string,
	before: bigint,
	values: readonly (bigint | number | null)[],
	after: bigint,
): void {
	assert.ok(values.length > 0, `${id} has rows`);
	let last = before;
	for (const value of values) {
		assert.equal(typeof value, "bigint", `${id} is a whole number, not ${value}`);
		assert.ok((value as bigint) >= last, `${id}: ${value} is not below ${last}`);
		last = value as bigint;
	}
	assert.ok(last <= after, `${id}: ${last} is not above ${after}, which was read later`);
}
