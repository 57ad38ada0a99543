// SPDX-License-Identifier: Apache-2.0
/** Turns the events that the user wrote (`net:*@10kHz`) into streams. One source at one rate is one stream, with one
 *  ring and one table. */
import { unavailable, usageError } from "../base/errors.js";
import { groupBy } from "../base/group-by.js";
import { distinct, globToRegExp, identifier, nearest } from "../base/text.js";
import { formatDuration, formatRate, type Nanoseconds, parseRate } from "../base/units.js";
import { findSource, sources } from "../kernel/registry.js";
import {
	type Counter,
	counterId,
	type Drained,
	type ReaderPlan,
	type Source,
	type SourceOptions,
} from "../kernel/source.js";
import { layout } from "./layout.gen.js";

/** One `-e` argument, parsed but not matched with the counters. */
export interface EventSpec {
	readonly text: string;
	readonly source: Source<never>;
	readonly glob: string;
	readonly period: Nanoseconds;
	readonly options: SourceOptions;
}

/** A counter with the column that holds it. */
export interface Column {
	readonly counter: Counter;
	readonly id: string;
	readonly name: string;
}

export interface StreamSpec {
	/** Name of the table. */
	readonly name: string;
	readonly source: Source<never>;
	readonly period: Nanoseconds;
	readonly columns: readonly Column[];
	readonly options: SourceOptions;
	/** What the device grants that samples these counters by itself; absent: the sampler reads them. */
	readonly drained?: Drained;
}

/** Time between two rows: what the device granted, or else what the user asked for. */
export const rowPeriod = ({ drained, period }: StreamSpec): number => Math.round(drained?.granted_ns ?? period);

/** How the columns of a stream are filled. */
export const readersOf = ({ source, columns, options, drained }: StreamSpec): readonly ReaderPlan[] =>
	drained?.readers ?? source.plan(columns.map((column) => column.counter) as Counter<never>[], options);

/** The highest number of counters in one stream. */
export const MAX_COLUMNS = layout.RING_MAX_COLUMNS;
export const DEFAULT_PERIOD = parseRate("1kHz")!;
const RESERVED_COLUMNS = ["ts", "tick", "read_ns"];

function parseOptions(text: string | undefined, source: Source<never>, event: string): SourceOptions {
	const options = new Map<string, string>();
	for (const item of text?.split("&") ?? []) {
		const [name, value] = [item.split("=", 1)[0]!, item.slice(item.indexOf("=") + 1)];
		const known = source.options ?? [];
		if (!known.includes(name) || !item.includes("="))
			throw usageError(
				`'${item}' in '${event}' is not an option of ${source.name}; ${known.length ? `it takes ${known.map((o) => `${o}=...`).join(", ")}` : "it takes none"}`,
			);
		options.set(name, value);
	}
	return options;
}

const MAX_PERIOD_NS = 3_600_000_000_000;

/** Whether a stream may be sampled with this period: from 1 us to 1 h. */
export const isSamplingPeriod = (ns: number): boolean => ns >= layout.PLAN_SHORTEST_PERIOD_NS && ns <= MAX_PERIOD_NS;

function parsePeriod(text: string | undefined, event: string, otherwise: Nanoseconds): Nanoseconds {
	if (text === undefined) return otherwise;
	const period = parseRate(text);
	if (period === null)
		throw usageError(
			`'@${text}' in '${event}' is not a valid rate; write a frequency or a period, as in @10kHz, @100us or @1s`,
		);
	if (period < layout.PLAN_SHORTEST_PERIOD_NS)
		throw usageError(`'@${text}' in '${event}' is faster than 1 MHz; the shortest period is 1us`);
	if (period > MAX_PERIOD_NS)
		throw usageError(`'@${text}' in '${event}' is slower than once an hour; the longest period is 1h`);
	return period;
}

/** `source:glob[?option=value&...][@rate]`, options and rate in either order; a bare source means all its counters. */
export function parseEvent(text: string, otherwise: Nanoseconds = DEFAULT_PERIOD): EventSpec {
	const match = /^([^:@?]+)(?::(.*?))?(?:\?([a-z_]+=[^?@]*))?(?:@([^@/:?]*))?(?:\?([a-z_]+=[^?@]*))?$/s.exec(text);
	if (!match)
		throw usageError(`'${text}' is not a valid event; write source:instance/name@rate, as in 'net:eth0/*@10kHz'`);
	const [, name = "", glob, before, rate, after] = match;
	const options = before ?? after;
	const source = findSource(name);
	if (!source) {
		const near = nearest(
			name,
			sources.map((s) => s.name),
		);
		throw usageError(
			`there is no source '${name}'${near ? `; did you mean '${near}'?` : `; the sources are ${sources.map((s) => s.name).join(", ")}`}`,
		);
	}
	return {
		text,
		source,
		glob: glob === undefined || glob === "" ? "*" : glob,
		period: parsePeriod(rate, text, otherwise),
		options: parseOptions(options, source, text),
	};
}

/** The id of a counter, and its id with the alias in place of the name. */
const namesOf = (counter: Counter): string[] => [
	counterId(counter),
	...(counter.alias === undefined ? [] : [counterId({ ...counter, name: counter.alias })]),
];

/** The counters that an event names, in the order of its source. Throws when no counter matches. */
export function matchCounters(event: EventSpec): Counter[] {
	const { source, glob, text } = event;
	const resolved = (source as Source).resolve?.(glob, event.options);
	if (resolved) return resolved;
	const absence = source.absence();
	if (absence !== null) throw unavailable(`'${text}' matches nothing: ${absence}`);
	const all: Counter[] = source.list();
	const pattern = globToRegExp(`${source.name}:${glob}`);
	const matched = all.filter((counter) => namesOf(counter).some((name) => pattern.test(name)));
	if (matched.length === 0) {
		const near = nearest(`${source.name}:${glob}`, all.flatMap(namesOf));
		throw usageError(
			`'${text}' matches no counter${near ? `; did you mean '${near}'?` : `; 'countersink list ${source.name}:*' shows those of ${source.name}`}`,
		);
	}
	return matched;
}

/** Identifiers for the columns of a stream, different from each other and from ts, tick and read_ns. */
export function nameColumns(counters: readonly Counter[]): Column[] {
	const plain = counters.map((c) => identifier(c.instance === "" ? c.name : `${c.instance}_${c.name}`, c.source));
	const names = distinct(plain, RESERVED_COLUMNS);
	return counters.map((counter, i) => ({ counter, id: counterId(counter), name: names[i]! }));
}

const rateSuffix = (period: number): string =>
	identifier((period > 1e9 ? formatDuration(period) : formatRate(period)).replace(" ", ""), "at").replace(/^at_/, "");

export function mergeOptions(events: readonly EventSpec[]): SourceOptions {
	const merged = new Map<string, string>();
	if (events[0]!.source.optionsOf === "counter") return merged;
	for (const event of events)
		for (const [name, value] of event.options) {
			if (merged.has(name) && merged.get(name) !== value)
				throw usageError(
					`'${event.text}' sets ${name}=${value}, but an earlier event of the same stream sets another value; give one`,
				);
			merged.set(name, value);
		}
	return merged;
}

/** Groups counters into streams: a device that samples by its own clock has a stream of its own. */
const byInstance = (source: Source<never>, counters: readonly Counter[]): Counter[][] =>
	source.drain ? [...groupBy(counters, ({ instance }) => instance).values()] : [[...counters]];

/** Names each part of a stream. The name contains the instance where there are several parts. */
function nameParts(source: Source<never>, period: number, parts: readonly Counter[][], named: Set<string>): string[] {
	return parts.map(([first]) => {
		const plain = identifier(parts.length > 1 ? `${source.name}_${first!.instance}` : source.name);
		const [name = plain] = distinct([named.has(plain) ? `${plain}_${rateSuffix(period)}` : plain], named);
		named.add(name);
		return name;
	});
}

/** Names the columns of a device's stream: without the instance, which is the same for all, and with the alias of a
 *  counter where it has one. */
function drainedColumns(counters: readonly Counter[]): Column[] {
	const named = counters.map((counter) => ({ ...counter, name: counter.alias ?? counter.name }));
	const columns = nameColumns(named.map((counter) => ({ ...counter, instance: "" })));
	return columns.map(({ name }, i) => ({ name, id: counterId(named[i]!), counter: counters[i]! }));
}

function specify(name: string, counters: readonly Counter[], event: EventSpec, options: SourceOptions): StreamSpec {
	const { source, period } = event;
	if (!source.drain) return { name, source, period, columns: nameColumns(counters), options };
	const drained = source.drain(counters as Counter<never>[], period, options);
	return { name, source, period, columns: drainedColumns(drained.counters), options, drained };
}

/** Refuses two rates for one device: it has one sampler with one rate. */
function checkOneRate(streams: readonly StreamSpec[]): void {
	const owners = new Map<string, StreamSpec>();
	for (const stream of streams.filter(({ drained }) => drained)) {
		const device = `${stream.source.name}:${stream.columns[0]!.counter.instance}`;
		const other = owners.get(device);
		if (other)
			throw usageError(
				`${device} samples by itself, at one rate, so not at ${formatRate(other.period)} and ${formatRate(stream.period)}; choose one`,
			);
		owners.set(device, stream);
	}
}

function groupStreams(group: readonly EventSpec[], named: Set<string>): StreamSpec[] {
	const { source, period } = group[0]!;
	const counters = new Map(group.flatMap(matchCounters).map((counter) => [counterId(counter), counter]));
	const parts = byInstance(source, [...counters.values()]);
	const most = Math.max(...parts.map(({ length }) => length));
	if (most > MAX_COLUMNS)
		throw usageError(
			`${group.map((e) => `'${e.text}'`).join(", ")} selects ${most} counters; one stream holds at most ${MAX_COLUMNS}, so narrow the glob`,
		);
	const names = nameParts(source, period, parts, named);
	const options = mergeOptions(group);
	return parts.map((part, i) => specify(names[i]!, part, group[0]!, options));
}

/** Groups events into streams, in the order in which they were written. */
export function selectStreams(events: readonly EventSpec[]): StreamSpec[] {
	const groups = groupBy(events, (event) => `${event.source.name}@${event.period}`);
	const named = new Set<string>();
	const streams = [...groups.values()].flatMap((group) => groupStreams(group, named));
	checkOneRate(streams);
	return streams;
}
