// SPDX-License-Identifier: Apache-2.0
/**
 * Measures how fast the 16,384 records of a full device ring become columns, against a bare loop that swaps and stores
 * their values; and the CPU time of the sampler for a simulated card whose commands take 64 us, against a bare loop
 * that sleeps as long.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fromSeconds } from "../base/units.js";
import { theseCards } from "../kernel/mlx5/card/cards.js";
import { counterName } from "../kernel/mlx5/diagnostics/catalogue.js";
import { Card } from "../test/support/card.js";
import { type Benchmark, type Effort, type Figure, pick } from "./benchmark.js";
import { bareLoop, drainRounds } from "./native.js";
import { record } from "./recording.js";
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

const COUNTERS = 18;
/** The time of a third of 2^9 samples, which are 8.192 us apart. */
const DRAIN_NS = 1_398_101;

interface Share {
	readonly sampler: number;
	readonly bare: number;
	readonly missed: number;
}

/** Shares of a core in percent. The model of the card runs in the sampler and is part of its share. */
async function share(effort: Effort): Promise<Share> {
	const duration = fromSeconds(pick(effort, 5, 1));
	const ids = theseCards()
		.cards[0]!.capabilities!.counters.slice(0, COUNTERS)
		.map(({ id }) => counterName(id));
	const event = `mlx5:*/{${ids.join(",")}}?allow_taint=1@10us`;
	const bare = await bareLoop("sleep", DRAIN_NS, duration, effort.cpu);
	const { summary, streams } = await record([event], { duration, wait: "hybrid", cpu: effort.cpu });
	return {
		sampler: (100 * summary.sampler_cpu_ns) / summary.elapsed_ns,
		bare: (100 * bare.cpu_ns) / duration,
		missed: (100 * streams[0]!.gapTicks) / streams[0]!.scheduled,
	};
}

/** The environment selects the simulated card; the sampler inherits it. */
async function shares(effort: Effort): Promise<Share[]> {
	const folder = mkdtempSync(join(tmpdir(), "countersink-bench-"));
	Object.assign(process.env, new Card(folder, { latency_ns: 64_000 }).env);
	try {
		const all: Share[] = [];
		for (let i = 0; i < pick(effort, 5, 1); i++) all.push(await share(effort));
		return all;
	} finally {
		delete process.env.LD_PRELOAD;
		rmSync(folder, { recursive: true });
	}
}

async function costs(effort: Effort): Promise<Figure[]> {
	const all = await shares(effort);
	const middle = (key: keyof Share): number => median(all.map((one) => one[key]));
	const what = `${COUNTERS} counters x 10 us, commands of 64 us`;
	return [
		{
			what: `${what}: CPU of the sampler`,
			unit: "% of a core",
			value: middle("sampler"),
			goal: { atMost: 10 },
			reference: { what: "bare clock_nanosleep loop, a drain's period", value: middle("bare") },
			note: `median of ${all.length}; the card's model, in the same process, included`,
		},
		{ what: `${what}: samples missed`, unit: "%", value: middle("missed") },
	];
}

export const device: Benchmark = {
	name: "device",
	title: "Counters that a device samples",
	async run(effort) {
		const figures: Figure[] = [];
		for (const counters of [1, 8, 18]) figures.push(await measure(effort, counters));
		return { figures: [...figures, ...(await costs(effort))] };
	},
};
