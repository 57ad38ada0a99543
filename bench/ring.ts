// SPDX-License-Identifier: Apache-2.0
/** Measures how fast the producer writes rows into the ring, against a bare memcpy of the same bytes. */
import { type Benchmark, type Effort, type Figure, pick } from "./benchmark.js";
import { ringRounds } from "./native.js";
import { median, spread } from "./statistics.js";

/** Larger than the last-level cache, as a ring of seconds is. */
const RING_MIB = 256;
const goals = [
	{ columns: 8, atLeast: 40 },
	{ columns: 32, atLeast: 20 },
	{ columns: 128, atLeast: 8 },
];

async function measure(effort: Effort, columns: number, atLeast: number): Promise<Figure> {
	const [round_ms, rounds] = pick(effort, [500, 11], [50, 3]);
	const { ring, memcpy, full } = await ringRounds(columns, RING_MIB, round_ms!, rounds!, effort.cpu);
	const millions = (rates: readonly number[]): number[] => rates.map((rate) => rate / 1e6);
	return {
		what: `rows written, ${columns} counters`,
		unit: "M rows/s",
		value: median(millions(ring)),
		goal: { atLeast },
		reference: { what: "memcpy of the same bytes, row by row", value: median(millions(memcpy)) },
		note: `${spread(millions(ring))} in ${ring.length} rounds${full ? `; the ring was full ${full} times` : ""}`,
	};
}

export const ring: Benchmark = {
	name: "ring",
	title: "Writing rows into the ring",
	async run(effort) {
		const figures: Figure[] = [];
		for (const { columns, atLeast } of goals) figures.push(await measure(effort, columns, atLeast));
		return { figures };
	},
};
