// SPDX-License-Identifier: Apache-2.0
/** Prints what `list --cost` measures: the calibration of each source, for people and as JSON. */
import { CountersinkError } from "../base/errors.js";
import { groupBy } from "../base/group-by.js";
import { formatCount, formatDuration, formatRate } from "../base/units.js";
import { type Counter, counterId, type Source } from "../kernel/source.js";
import { type Calibration, calibrate, fastestChange, type ReadCost } from "../record/cost/calibrate.js";
import type { Changes } from "../record/cost/changes.js";
import { probe } from "../record/cost/probe.js";
import { DEFAULT_PERIOD, MAX_COLUMNS, nameColumns, type StreamSpec } from "../sampler/selection.js";
import type { Listing } from "./listing.js";
import { table } from "./table.js";
import { clip, type Paint, ProgressBar, wrap } from "./terminal.js";

interface Cost {
	/** The counters that were read: all listed ones, or some of each instance. */
	readonly counters: readonly Counter[];
	/** Number of all listed counters. */
	readonly listed: number;
	/** The calibration, or why there is none. */
	readonly result: Calibration | string;
}

export type Costs = ReadonlyMap<Source<never>, Cost>;

/** Instances that are measured of a source that the user did not name: enough to tell its cost where instances are
 *  alike. */
const INSTANCES = 8;
const COUNTERS = 256;
/**
 * How long opening and closing the measured counters may take. calibrate() does both OPENINGS times. Most sources need
 * no time for it, but a tracepoint takes about 40 ms (the kernel waits until no CPU can be inside it), and there are
 * thousands.
 */
const PATIENCE_MS = { unasked: 2000, named: 20_000 };
const OPENINGS = 4;
const TRIED = 16;

/** How much is shown: counters that changed, instances, and lines with the names of those that did not change. */
export interface Detail {
	readonly rows: number;
	readonly instances: number;
	readonly lines: number;
}

export const details = {
	unasked: { rows: 20, instances: 8, lines: 2 },
	named: { rows: Number.POSITIVE_INFINITY, instances: 32, lines: 8 },
	all: { rows: Number.POSITIVE_INFINITY, instances: Number.POSITIVE_INFINITY, lines: Number.POSITIVE_INFINITY },
} as const satisfies Record<string, Detail>;

function someOf(counters: readonly Counter[]): Counter[] {
	const instances = [...groupBy(counters, (counter) => counter.instance).values()].slice(0, INSTANCES);
	const each = Math.ceil(COUNTERS / instances.length);
	return instances.flatMap((instance) => instance.slice(0, each));
}

/** This number of the counters, spread evenly over all. */
function spread(counters: readonly Counter[], count: number): Counter[] {
	const step = counters.length / count;
	return count >= counters.length
		? [...counters]
		: Array.from({ length: count }, (_, i) => counters[Math.floor(i * step)]!);
}

/** As many of the counters as can be opened in the time, judged by a few of them. */
async function affordable(stream: StreamSpec, counters: readonly Counter[], patience_ms: number): Promise<Counter[]> {
	if (counters.length <= TRIED) return [...counters];
	const opening_ms = async (count: number): Promise<number> => {
		const begin = performance.now();
		await probe([{ ...stream, columns: nameColumns(spread(counters, count)) }], 1);
		return performance.now() - begin;
	};
	const alone_ms = await opening_ms(1);
	const each_ms = Math.max(0.01, ((await opening_ms(TRIED)) - alone_ms) / (TRIED - 1));
	return spread(counters, Math.max(TRIED, Math.floor(patience_ms / OPENINGS / each_ms)));
}

async function choose({ source, counters, options, named }: Listing): Promise<Counter[]> {
	const stream = { name: source.name, source, period: DEFAULT_PERIOD, columns: [], options };
	return affordable(
		stream,
		named ? counters.slice(0, MAX_COLUMNS) : someOf(counters),
		named ? PATIENCE_MS.named : PATIENCE_MS.unasked,
	);
}

async function measure(listing: Listing, all: boolean): Promise<Cost> {
	const { source, counters, options } = listing;
	let chosen = counters.slice(0, MAX_COLUMNS);
	if (source.drain)
		return {
			counters: chosen,
			listed: counters.length,
			result: "the device samples these by itself, which costs no reads",
		};
	try {
		if (!all) chosen = await choose(listing);
		return { counters: chosen, listed: counters.length, result: await calibrate(source, chosen, options) };
	} catch (error) {
		if (!(error instanceof CountersinkError)) throw error;
		return { counters: chosen, listed: counters.length, result: error.message };
	}
}

/** Measures the sources one after another, so that none slows another down. */
export async function measureCosts(listings: readonly Listing[], all: boolean): Promise<Costs> {
	const present = listings.filter(({ counters }) => counters.length > 0);
	const costs = new Map<Source<never>, Cost>();
	const bar = new ProgressBar(present.length);
	for (const listing of present) {
		bar.show(costs.size, listing.source.name);
		costs.set(listing.source, await measure(listing, all));
	}
	bar.clear();
	return costs;
}

/** The cost of a counter as JSON; null where it was not measured. */
export function costJson(cost: Cost | undefined, counter: Counter): unknown {
	if (!cost) return null;
	if (typeof cost.result === "string") return { error: cost.result };
	const { result } = cost;
	const changes = result.changes[cost.counters.indexOf(counter)];
	if (!changes) return null;
	const { p50_ns, p99_ns, shortest_period_ns } = result.instances.get(counter.instance) ?? result.cost;
	return {
		instance_read: { p50_ns, p99_ns, shortest_period_ns },
		source_read: { ...result.cost, ns_per_value: result.cost.p50_ns / result.cost.counters },
		look: { period_ns: result.period_ns, duration_ns: result.duration_ns, reads: result.rows },
		changes: changes.changes,
		constant: changes.changes === 0,
		shortest_change_ns: changes.shortest_ticks === null ? null : changes.shortest_ticks * result.period_ns,
		wraps: changes.wraps,
		nulls: changes.nulls,
	};
}

const readSentence = ({ p50_ns, p99_ns, counters, shortest_period_ns }: ReadCost): string =>
	`one read of ${formatCount(counters)} takes ${formatDuration(p50_ns)} (p99 ${formatDuration(p99_ns)}), ${formatDuration(p50_ns / counters)} a value: at most ${formatRate(shortest_period_ns)}`;

/** Wraps a text so that it can be read on a wide screen, too. */
const paragraph = (text: string, width: number): string[] =>
	wrap(text, Math.min(width, 110) - 4).map((line, i) => `${i ? "    " : "  "}${line}`);

/** A sentence about what each instance costs alone. */
function instanceSentence({ instances }: Calibration, limit: number): string[] {
	const shown = [...instances].slice(0, limit);
	if (shown.length === 0) return [];
	const more = instances.size - shown.length;
	const costs = shown.map(([instance, { p50_ns }]) => `${instance || "no instance"} ${formatDuration(p50_ns)}`);
	return [`alone: ${costs.join(", ")}${more ? ` and ${formatCount(more)} more` : ""}`];
}

/** What the observed changes say about a sensible rate. */
function verdict({ changes, period_ns, duration_ns }: Calibration): string {
	const look = `${formatDuration(duration_ns)} of reads every ${formatDuration(period_ns)}`;
	const fastest = fastestChange(changes);
	if (fastest === null)
		return `in ${look} nothing changed${changes.some((c) => c.changes > 0) ? " twice" : ""}; look again while the machine does what you want to see`;
	if (fastest === 1)
		return `in ${look} some changed from read to read: a rate above ${formatRate(period_ns)} may show more`;
	const between = (fastest - 1) * period_ns;
	return `in ${look} nothing changed again within ${formatDuration(between)}: a rate above ${formatRate(between)} would have shown nothing new`;
}

function interval({ shortest_ticks: ticks }: Changes, period_ns: number): string {
	if (ticks === null) return "-";
	return ticks === 1 ? `every read, <= ${formatDuration(period_ns)}` : formatDuration(ticks * period_ns);
}

function changeLines({ counters }: Cost, { changes, period_ns }: Calibration, limit: number): string[] {
	const moving = counters.flatMap((counter, i) => (changes[i]!.changes > 0 ? [{ counter, ...changes[i]! }] : []));
	if (moving.length === 0) return [];
	const shown = moving.slice(0, limit);
	const anyNull = shown.some(({ nulls }) => nulls > 0);
	/* The id comes last, so that a narrow screen shows the figures. */
	const lines = table(
		[
			{ title: "changes", right: true },
			...(anyNull ? [{ title: "nulls", right: true }] : []),
			{ title: "shortest between two" },
			{ title: "bits" },
			{ title: "counter" },
		],
		shown.map((row) => [
			formatCount(row.changes),
			...(anyNull ? [formatCount(row.nulls)] : []),
			interval(row, period_ns),
			`${row.counter.width}${row.wraps ? `, wrapped ${formatCount(row.wraps)}x` : ""}`,
			counterId(row.counter),
		]),
		"  ",
	);
	return [
		...lines,
		...(shown.length < moving.length ? [`  ... ${moving.length - shown.length} more that changed`] : []),
	];
}

function constantLines({ counters }: Cost, { changes }: Calibration, limit: number, width: number): string[] {
	const still = counters.filter((_, i) => changes[i]!.changes === 0);
	if (still.length === 0) return [];
	const text = `constant here (${formatCount(still.length)}): ${still.map((c) => (c.instance ? `${c.instance}/${c.name}` : c.name)).join(", ")}`;
	const lines = paragraph(text, Math.min(width, 110) - " ...".length);
	return lines.length <= limit ? lines : [...lines.slice(0, limit - 1), `${lines[limit - 1]} ...`];
}

export function costLines(cost: Cost, detail: Detail, width: number, paint: Paint): string[] {
	const { result, counters, listed } = cost;
	if (typeof result === "string") return [paint("red", `  not measured: ${result}`)];
	const some = counters.length < listed ? ` (${formatCount(counters.length)} of them measured)` : "";
	const plain = (lines: string[]) => lines.map((line, i) => (i ? clip(line, width) : paint("dim", clip(line, width))));
	const sentences = [
		`${readSentence(result.cost)}${some}`,
		...instanceSentence(result, detail.instances),
		verdict(result),
	];
	return [
		...sentences.flatMap((sentence) => paragraph(sentence, width)),
		...plain(changeLines(cost, result, detail.rows)),
		...constantLines(cost, result, detail.lines, width),
	];
}
