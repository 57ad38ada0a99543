// SPDX-License-Identifier: Apache-2.0
/** Finds the counters that two recordings share, and the stream of each from which they are taken. */
import { groupBy } from "../base/group-by.js";
import type { Compared, Side } from "./comparison.js";

/** A counter as one recording holds it. */
export interface Held extends Compared {
	readonly catalog: string;
	readonly stream: string;
	readonly column: string;
	readonly period_ns: number;
}

export interface Pairing {
	readonly a: Side;
	readonly b: Side;
	readonly counters: readonly Compared[];
}

/** A counter that is recorded at several rates is taken from the fastest stream. */
function finest(held: readonly Held[]): Map<string, Held> {
	const best = new Map<string, Held>();
	for (const counter of held)
		if (counter.period_ns < (best.get(counter.id)?.period_ns ?? Number.POSITIVE_INFINITY))
			best.set(counter.id, counter);
	return best;
}

const sideOf = (side: "a" | "b", held: readonly Held[]): Side => ({
	side,
	catalog: held[0]!.catalog,
	stream: held[0]!.stream,
	period_ns: held[0]!.period_ns,
	columns: held.map((counter) => counter.column),
});

/** One pairing for each pair of streams that have counters in common. */
export function pair(inA: readonly Held[], inB: readonly Held[]): Pairing[] {
	const b = finest(inB);
	const shared = [...finest(inA).values()].flatMap((one) => {
		const other = b.get(one.id);
		return other ? [{ one, other }] : [];
	});
	const groups = groupBy(shared, ({ one, other }) => `${one.stream} ${other.stream}`);
	return [...groups.values()].map((pairs) => ({
		a: sideOf(
			"a",
			pairs.map(({ one }) => one),
		),
		b: sideOf(
			"b",
			pairs.map(({ other }) => other),
		),
		counters: pairs.map(({ one }) => one),
	}));
}

const STEPS = [1, 2, 5];

/** The next of 1, 2, 5, 10, 20, ... */
export function roundUp(n: number): number {
	const power = 10 ** Math.floor(Math.log10(n));
	const step = STEPS.find((s) => s * power >= n);
	return (step ?? 10) * power;
}

/** The shorter recording is cut into about this many windows. */
const WINDOWS = 200;

/** Long enough for both periods, short enough to see a distribution. @param span_ns of the shorter recording */
export const defaultWindow = (pairing: Pairing, span_ns: number): number =>
	roundUp(Math.max(pairing.a.period_ns, pairing.b.period_ns, span_ns / WINDOWS));
