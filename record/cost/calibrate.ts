// SPDX-License-Identifier: Apache-2.0
/** Measures what a source can deliver on this machine now: what one read costs, and how often its values really
 *  change. */
import { allowedCpus } from "../../base/affinity.js";
import { groupBy } from "../../base/group-by.js";
import { fromSeconds, type Nanoseconds, nanoseconds } from "../../base/units.js";
import type { Counter, Source, SourceOptions } from "../../kernel/source.js";
import type { Distribution } from "../../sampler/histogram.js";
import { layout } from "../../sampler/layout.gen.js";
import { nameColumns, type StreamSpec } from "../../sampler/selection.js";
import { drive } from "../drive.js";
import { type Changes, ChangeWatch } from "./changes.js";
import { probe } from "./probe.js";

/** The cost of reading some counters together, back to back and without a schedule. */
export interface ReadCost {
	readonly counters: number;
	readonly p50_ns: number;
	readonly p99_ns: number;
	/** The period that leaves a fifth of the time for everything else. */
	readonly shortest_period_ns: Nanoseconds;
}

export interface Calibration {
	readonly cost: ReadCost;
	/** The cost of each instance, where there are several; at most as many as one probe takes. */
	readonly instances: ReadonlyMap<string, ReadCost>;
	/** Period of the reads that looked for changes. */
	readonly period_ns: Nanoseconds;
	readonly duration_ns: Nanoseconds;
	readonly rows: number;
	readonly scheduled: number;
	/** The changes of counters[i]. */
	readonly changes: readonly Changes[];
}

const LOOK: Nanoseconds = fromSeconds(0.3);
/** The shortest period at which changes are looked for. The loop still sleeps between its reads: it must not take a
 *  CPU from the programs that make the values change. */
const FASTEST_LOOK_NS = 50_000;
/** The share of a period that reads may take while changes are looked for. */
const LOOK_SHARE = 1 / 4;
/** How long a probe reads each stream, within these numbers of reads. */
const PROBE_NS = 20e6;
const MIN_READS = 20;
const MAX_READS = 2000;
/** The highest number of instances that are probed on their own: the sampler takes 64 streams, and one of them reads
 *  all counters. */
const MAX_INSTANCES = 63;
/** Room in a period for everything except the read; the same as in checkDeliverable(). */
const MARGIN = 1.25;

const readCost = (counters: number, { p50_ns, p99_ns }: Distribution): ReadCost => ({
	counters,
	p50_ns,
	p99_ns,
	shortest_period_ns: nanoseconds(Math.max(layout.PLAN_SHORTEST_PERIOD_NS, p50_ns * MARGIN)),
});

/** Rounds a period up to the next of 1, 2, 5, 10, 20, ...: such a period is easier to report. */
function roundPeriod(ns: number): Nanoseconds {
	const decade = 10 ** Math.floor(Math.log10(ns));
	return nanoseconds(decade * ([1, 2, 5].find((step) => step * decade >= ns) ?? 10));
}

function streamOf(
	source: Source<never>,
	counters: readonly Counter[],
	options: SourceOptions,
	period: Nanoseconds,
): StreamSpec {
	return { name: source.name, source, period, columns: nameColumns(counters), options };
}

async function measureCosts(streams: readonly StreamSpec[]): Promise<ReadCost[]> {
	const [rough] = await probe(streams.slice(0, 1), MIN_READS);
	const reads = Math.round(PROBE_NS / Math.max(1, rough!.p50_ns));
	const costs = await probe(streams, Math.max(MIN_READS, Math.min(MAX_READS, reads)));
	return streams.map((stream, i) => readCost(stream.columns.length, costs[i]!));
}

async function look(stream: StreamSpec, duration: Nanoseconds) {
	const watches = stream.columns.map(
		({ counter }, column) => new ChangeWatch(column, counter.semantics === "counter" ? counter.width : 0),
	);
	const { streams } = await drive(
		[stream],
		{ wait: "hybrid", realtime: true, cpu: allowedCpus().at(-1) ?? -1, duration, depth: duration },
		(_, reader, run) => {
			if (!run) return;
			const ticks = Float64Array.from(reader.ticks(run), Number);
			for (const watch of watches) watch.add(reader, run, ticks);
		},
	);
	const { rows, scheduled } = streams[0]!;
	return { rows, scheduled, changes: watches.map((watch) => watch.result) };
}

/**
 * Reads the counters back to back, together and by instance, then on a schedule for 300 ms: about 0.4 s in all.
 * @throws CountersinkError when the sampler may not or cannot read them
 */
export async function calibrate(
	source: Source<never>,
	counters: readonly Counter[],
	options: SourceOptions,
	duration = LOOK,
): Promise<Calibration> {
	const stream = (some: readonly Counter[], period: number) => streamOf(source, some, options, nanoseconds(period));
	const groups = groupBy(counters, (counter) => counter.instance);
	const parts = groups.size > 1 ? [...groups].slice(0, MAX_INSTANCES) : [];
	const costs = await measureCosts([
		stream(counters, FASTEST_LOOK_NS),
		...parts.map(([, some]) => stream(some, FASTEST_LOOK_NS)),
	]);
	const cost = costs[0]!;
	const period = roundPeriod(Math.max(FASTEST_LOOK_NS, cost.p50_ns / LOOK_SHARE));
	return {
		cost,
		instances: new Map(parts.map(([instance], i) => [instance, costs[i + 1]!])),
		period_ns: period,
		duration_ns: duration,
		...(await look(stream(counters, period), duration)),
	};
}

/** The shortest time between two changes of any of the counters, in ticks; null when none changed twice. */
export function fastestChange(changes: readonly Changes[]): number | null {
	return changes.reduce<number | null>(
		(least, { shortest_ticks: ticks }) => (ticks === null ? least : Math.min(least ?? ticks, ticks)),
		null,
	);
}
