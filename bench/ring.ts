// SPDX-License-Identifier: Apache-2.0
/** Measures how fast the producer writes rows into the ring, against a bare memcpy of the same bytes. */
import { type Benchmark, type Effort, type Figure, pick } from "./benchmark.js";
import { ringRounds } from "./native.js";
import { median, spread } from "./statistics.js";

/** Larger than the last-level cache, as a ring of seconds is. */
const RING_MIB = 256;
/** Millions of rows a second, or a share of what the memcpy reaches on the same machine. */
const goals = [
	{ columns: 8, millions: 40 },
	{ columns: 32, millions: 20 },
	{ columns: 128, share: 0.6 },
];

async function measure(effort: Effort, { columns, millions: rate, share }: (typeof goals)[number]): Promise<Figure> {
	const [round_ms, rounds] = pick(effort, [200, 11], [50, 3]);
	const { ring, memcpy, full } = await ringRounds(columns, RING_MIB, round_ms!, rounds!, effort.cpu);
	const millions = (rates: readonly number[]): number[] => rates.map((rate) => rate / 1e6);
	const bare = median(millions(memcpy));
	return {
		what: `rows written, ${columns} counters`,
		unit: "M rows/s",
		value: median(millions(ring)),
		goal: { atLeast: rate ?? share! * bare },
		reference: { what: "memcpy of the same bytes, row by row", value: bare },
		note: `${spread(millions(ring))} in ${ring.length} rounds${full ? `; the ring was full ${full} times` : ""}`,
	};
}

export const ring: Benchmark = {
	name: "ring",
	title: "Writing rows into the ring",
	async run(effort) {
		const figures: Figure[] = [];
		for (const goal of goals) figures.push(await measure(effort, goal));
		return { figures };
	},
};
