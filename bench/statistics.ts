// SPDX-License-Identifier: Apache-2.0
/** Statistics of small samples. All functions throw on an empty sample: a benchmark without rounds is a mistake. */
import { assert } from "../base/errors.js";

export const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);

/** The smallest value such that at least a share q of the sample is not larger. @param q from 0 to 1 */
export function quantile(numbers: readonly number[], q: number): number {
	assert(numbers.length > 0, "a quantile needs a sample");
	const sorted = [...numbers].sort((a, b) => a - b);
	return sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)]!;
}

/** The middle value, or the mean of the two middle values. */
export function median(numbers: readonly number[]): number {
	assert(numbers.length > 0, "a median needs a sample");
	const sorted = [...numbers].sort((a, b) => a - b);
	const middle = sorted.length >> 1;
	return sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** The smallest and the largest value, as in "11.9 to 14". */
export const spread = (numbers: readonly number[]): string =>
	`${digits(Math.min(...numbers))} to ${digits(Math.max(...numbers))}`;

/** Three significant digits without an exponent: 0.0123, 1.23, 123, 12,300. */
export function digits(n: number): string {
	if (n === 0) return "0";
	const places = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(n))));
	if (places > 6) return n.toExponential(2);
	return Number(n.toPrecision(3)).toLocaleString("en-US", { maximumFractionDigits: places });
}
