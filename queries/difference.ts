// SPDX-License-Identifier: Apache-2.0
/** What a comparison of two recordings says about one counter, and which counters are worth reading first. */

import type { Row, Value } from "../storage/recording.js";
import type { Compared } from "./comparison.js";

/** Statistics over the windows of one recording: of the rate per second, or of the value of a gauge. */
export interface Statistics {
	readonly mean: number;
	readonly p50: number;
	readonly p99: number;
}

export interface Sample {
	readonly windows: number;
	readonly rate: Statistics;
	/** Lower and upper bounds of each figure: a read takes time, so a rate is known only within bounds. */
	readonly slow: Statistics;
	readonly fast: Statistics;
}

export interface Difference {
	readonly id: string;
	readonly unit: string;
	readonly kind: "rate" | "value";
	readonly window_ns: number;
	readonly a: Sample;
	readonly b: Sample;
	/** b / a of the means; null where a is 0. */
	readonly ratio: number | null;
	/** Cliff's delta, -1 to 1: above 0 B is higher. */
	readonly effect: number;
	/** Figures whose bounds in A and in B do not overlap: no read window explains their difference. */
	readonly beyond: readonly (keyof Statistics)[];
}

const figures = ["mean", "p50", "p99"] as const;

const statistics = (value: Value): Statistics => {
	const { entries } = value as unknown as { entries: Record<string, Value> };
	return Object.fromEntries(figures.map((name) => [name, Number(entries[name])])) as unknown as Statistics;
};

const sample = (row: Row, side: "a" | "b"): Sample => ({
	windows: Number(row[`${side}_n`]),
	rate: statistics(row[`${side}_rate`]!),
	slow: statistics(row[`${side}_slow`]!),
	fast: statistics(row[`${side}_fast`]!),
});

/** @param row of the answer to comparison() */
export function difference(row: Row, { id, unit, semantics }: Compared, window_ns: number): Difference {
	const [a, b] = [sample(row, "a"), sample(row, "b")];
	const ratio = a.rate.mean === 0 ? null : b.rate.mean / a.rate.mean;
	const beyond = figures.filter((name) => a.fast[name] < b.slow[name] || b.fast[name] < a.slow[name]);
	const kind = semantics === "counter" ? "rate" : "value";
	return { id, unit, kind, window_ns, a, b, ratio, effect: Number(row.effect), beyond };
}

/** 0 where two figures are equal, 1 where one of them is 0. */
const apart = (a: number, b: number): number => (a === b ? 0 : Math.abs(a - b) / (Math.abs(a) + Math.abs(b)));

/** How much a counter changed, 0 to 1: the effect size times the relative difference. A gauge that is always a little
 *  higher did not change much, nor did a counter that differs in one window of a thousand. */
export const change = ({ a, b, effect }: Difference): number =>
	Math.abs(effect) * Math.max(...figures.map((name) => apart(a.rate[name], b.rate[name])));

/** Sorts the counters that changed most first. */
export const byChange = (x: Difference, y: Difference): number =>
	change(y) - change(x) || Math.abs(y.effect) - Math.abs(x.effect) || (x.id < y.id ? -1 : 1);
