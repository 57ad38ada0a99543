// SPDX-License-Identifier: Apache-2.0
/** How fast the records of a full device ring (16,384) become columns, against a bare loop that swaps and stores their values. */
import { type Benchmark, type Effort, type Figure, pick } from "./benchmark.js";
import { drainRounds } from "./native.js";
import { median, spread } from "./statistics.js";

async function measure(effort: Effort, counters: number): Promise<Figure> {
	const [round_ms, rounds] = pick(effort, [500, 11], [50, 3]);
	const { drain, swap } = await drainRounds(counters, round_ms!, rounds!);
	const millions = (rates: readonly number[]): number[] => rates.map((rate) => rate / 1e6);
	return {
		what: `records drained, ${counters} counter${counters > 1 ? "s" : ""}`,
		unit: "M records/s",
		value: median(millions(drain)),
		goal: { atLeast: 20 },
		reference: { what: "swap and store of the values alone", value: median(millions(swap)) },
		note: `${spread(millions(drain))} in ${drain.length} rounds`,
	};
}

export const device: Benchmark = {
	name: "device",
	title: "Draining the ring of a device into columns",
	async run(effort) {
		const figures: Figure[] = [];
		for (const counters of [1, 8, 18]) figures.push(await measure(effort, counters));
		return { figures };
	},
};
