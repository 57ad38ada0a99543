// SPDX-License-Identifier: Apache-2.0
/** Measures CPU time and missed ticks at each rate, for every source of this machine. curve.ts prints the result. */
import { fromSeconds, nanoseconds } from "../base/units.js";
import { sources } from "../kernel/registry.js";
import type { Counter, Source } from "../kernel/source.js";
import { probe } from "../record/cost/probe.js";
import type { WaitPolicy } from "../sampler/plan.js";
import { nameColumns, type StreamSpec } from "../sampler/selection.js";
import { type Benchmark, type Curve, type CurvePoint, type Effort, type Figure, pick } from "./benchmark.js";
import { bareLoop } from "./native.js";
import { recordStreams } from "./recording.js";

const RATES_HZ = [1, 10, 100, 1e3, 1e4, 5e4, 1e5, 2e5, 5e5, 1e6];
const MAX_COUNTERS = 32;

/** The rates at which each way of waiting makes sense. A timer reaches about 50 kHz; below 1 kHz spinning only
 *  wastes a core. */
const ranges: readonly { wait: WaitPolicy; from: number; to: number }[] = [
	{ wait: "sleep", from: 1, to: 1e4 },
	{ wait: "hybrid", from: 1, to: 1e5 },
	{ wait: "spin", from: 1e3, to: 1e6 },
];

/** At most 32 counters of the first instance that the source lists: one interface, one CPU, one device. */
function firstInstance(source: Source<never>): Counter<never>[] {
	const all = source.list();
	const first = all[0]?.instance;
	return all.filter(({ instance }) => instance === first).slice(0, MAX_COUNTERS);
}

function streamOf(source: Source<never>, counters: readonly Counter<never>[], rate_hz: number): StreamSpec {
	const columns = nameColumns(counters);
	return { name: "bench", source, period: nanoseconds(1e9 / rate_hz), columns, options: new Map() };
}

async function point(
	effort: Effort,
	source: Source<never>,
	counters: readonly Counter<never>[],
	rate_hz: number,
	wait: WaitPolicy,
): Promise<CurvePoint> {
	const duration = fromSeconds(pick(effort, rate_hz < 10 ? 3 : 2, 0.5));
	const how = { duration, wait, cpu: effort.cpu };
	const { summary, streams, nodeShare } = await recordStreams([streamOf(source, counters, rate_hz)], [], how);
	const { scheduled, gapTicks } = streams[0]!;
	return {
		rate_hz,
		wait,
		sampler: summary.sampler_cpu_ns / summary.elapsed_ns,
		node: nodeShare,
		missed: gapTicks / scheduled,
		ticks: scheduled,
	};
}

async function curveOf(effort: Effort, source: Source<never>): Promise<Curve | null> {
	const counters = firstInstance(source);
	if (counters.length === 0) return null;
	const [cost] = await probe([streamOf(source, counters, 1)], 2000);
	const read_ns = cost!.p50_ns;
	const points: CurvePoint[] = [];
	for (const { wait, from, to } of ranges)
		for (const rate of RATES_HZ)
			if (rate >= from && rate <= to && read_ns < 1e9 / rate)
				points.push(await point(effort, source, counters, rate, wait));
	return { source: source.name, instance: counters[0]!.instance, counters: counters.length, read_ns, points };
}

/** The same rates and ways of waiting, with nothing to read. */
async function bareCurve(effort: Effort): Promise<Curve> {
	const points: CurvePoint[] = [];
	for (const { wait, from, to } of ranges) {
		if (wait === "hybrid") continue;
		for (const rate_hz of RATES_HZ.filter((rate) => rate >= from && rate <= to)) {
			const duration = fromSeconds(pick(effort, rate_hz < 10 ? 3 : 2, 0.5));
			const { cpu_ns, taken, scheduled } = await bareLoop(wait, 1e9 / rate_hz, duration, effort.cpu);
			const missed = 1 - taken / scheduled;
			points.push({ rate_hz, wait, sampler: cpu_ns / duration, node: null, missed, ticks: scheduled });
		}
	}
	return { source: "bare loop", instance: "", counters: 0, read_ns: 0, points };
}

/** One figure per source: the highest rate at which at most 3 % of the ticks were missed. */
function summarise(curve: Curve, bare: Curve): Figure[] {
	const highest = ({ points }: Curve): number =>
		Math.max(0, ...points.filter((p) => p.missed <= 0.03).map((p) => p.rate_hz));
	if (curve === bare) return [];
	return [
		{
			what: `${curve.source}, ${curve.counters} counters: highest rate of the table with at most 3 % missed`,
			unit: "Hz",
			value: highest(curve),
			reference: { what: "bare loop", value: highest(bare) },
			note: `one read takes ${curve.read_ns} ns`,
		},
	];
}

export const overhead: Benchmark = {
	name: "overhead",
	title: "CPU and missed ticks against rate",
	async run(effort) {
		const wanted = (name: string): boolean => effort.sources.length === 0 || effort.sources.includes(name);
		const bare = await bareCurve(effort);
		const curves: Curve[] = [bare];
		for (const source of sources) {
			if (!wanted(source.name) || source.absence() !== null) continue;
			const curve = await curveOf(effort, source);
			if (curve) curves.push(curve);
		}
		return { figures: curves.flatMap((curve) => summarise(curve, bare)), curves };
	},
};
