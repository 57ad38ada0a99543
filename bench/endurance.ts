// SPDX-License-Identifier: Apache-2.0
/** Records at full load into a file for a minute. The writer must keep up, and every tick must be a row or in a gap. */
import { formatCount, fromSeconds } from "../base/units.js";
import { type Benchmark, type Effort, type Figure, pick } from "./benchmark.js";
import { record } from "./recording.js";

const loads = [
	{ what: "100 kHz x 32 counters", event: "synthetic:[0-3]/*", period_ns: 10_000, counters: 32 },
	{ what: "1 MHz x 8 counters", event: "synthetic:0/*", period_ns: 1_000, counters: 8 },
];

async function measure(
	effort: Effort,
	{ what, event, period_ns, counters }: (typeof loads)[number],
): Promise<Figure[]> {
	const duration = fromSeconds(pick(effort, 60, 5));
	const { streams, bytes, nodeShare, summary } = await record([`${event}@${period_ns}ns`], {
		duration,
		wait: "spin",
		cpu: effort.cpu,
	});
	const { scheduled, rows, gapTicks, ringFull } = streams[0]!;
	const length = `${duration / 1e9} s`;
	return [
		{ what: `${what} for ${length}: ticks lost to a full ring`, unit: "ticks", value: ringFull, goal: { atMost: 0 } },
		{
			what: `${what}: ticks scheduled that are neither row nor gap`,
			unit: "ticks",
			value: Math.abs(Math.ceil(duration / period_ns) - rows - gapTicks),
			goal: { atMost: 0 },
			note: `${formatCount(rows)} rows and ${formatCount(gapTicks)} ticks in gaps, of ${formatCount(scheduled)}`,
		},
		{
			what: `${what}: values stored`,
			unit: "M values/s",
			value: (rows * counters) / summary.elapsed_ns / 1e-3,
			reference: { what: "scheduled", value: (scheduled * counters) / duration / 1e-3 },
			note: `${(bytes / rows / counters).toFixed(2)} bytes a value in the file, Node ${(100 * (nodeShare ?? 0)).toFixed(0)} % of a core`,
		},
	];
}

export const endurance: Benchmark = {
	name: "endurance",
	title: "A minute at full load, end to end into a file",
	async run(effort) {
		const figures: Figure[] = [];
		for (const load of loads) figures.push(...(await measure(effort, load)));
		return { figures };
	},
};
