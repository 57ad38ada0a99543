// SPDX-License-Identifier: Apache-2.0
/** Compares the ticks stored in a recording with the slots that a bare spin loop takes on the same CPU; the two
 *  alternate. */
import { formatRate, fromSeconds } from "../base/units.js";
import { type Benchmark, type Effort, type Figure, pick } from "./benchmark.js";
import { bareLoop } from "./native.js";
import { record } from "./recording.js";
import { spread, sum } from "./statistics.js";

const EVENT = "synthetic:0/*";
const PERIODS_NS = [10_000, 1_000];
/** Share of the slots that the bare loop takes. */
const ASKED_PERCENT = 98;

async function measure(effort: Effort, period_ns: number): Promise<Figure[]> {
	const [rounds, length] = pick(effort, [8, 3], [2, 0.3]);
	const duration = fromSeconds(length!);
	const rate = formatRate(period_ns);
	const stored: number[] = [];
	const taken: number[] = [];
	let scheduled = 0;
	for (let round = 0; round < rounds!; round++) {
		const bare = await bareLoop("spin", period_ns, duration, effort.cpu);
		taken.push(bare.taken);
		const { streams } = await record([`${EVENT}@${period_ns}ns`], { duration, wait: "spin", cpu: effort.cpu });
		stored.push(streams[0]!.rows);
		scheduled += streams[0]!.scheduled;
	}
	const shares = stored.map((n, i) => (100 * n) / taken[i]!);
	return [
		{
			what: `ticks stored at ${rate}, 8 counters, as a share of the slots of a bare loop`,
			unit: "%",
			value: (100 * sum(stored)) / sum(taken),
			goal: { atLeast: ASKED_PERCENT },
			note: `${spread(shares)} in ${rounds} rounds of ${length} s`,
		},
		{
			what: `ticks stored at ${rate}, as a share of those scheduled`,
			unit: "%",
			value: (100 * sum(stored)) / scheduled,
			reference: { what: "slots that a bare spin loop takes", value: (100 * sum(taken)) / scheduled },
		},
	];
}

export const ticks: Benchmark = {
	name: "ticks",
	title: "Ticks stored at high rates",
	async run(effort) {
		const figures: Figure[] = [];
		for (const period of PERIODS_NS) figures.push(...(await measure(effort, period)));
		return { figures };
	},
};
