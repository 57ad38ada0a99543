// SPDX-License-Identifier: Apache-2.0
/** What a recording holds, as far as a named query needs it to be bound: counters, streams and their schedules. */
import { usageError } from "../base/errors.js";
import { groupBy } from "../base/group-by.js";
import { globToRegExp, nearest } from "../base/text.js";
import { formatRate } from "../base/units.js";
import type { Need } from "../queries/page.js";
import type { Row } from "../storage/recording.js";
import { join, type Sql, sql, text } from "../storage/sql.js";
import { rowsOf, type Session } from "./session.js";

export interface Held {
	readonly id: string;
	readonly source: string;
	readonly instance: string;
	readonly stream: string;
	readonly column: string;
	readonly semantics: string;
}

export interface Holdings {
	readonly path: string;
	readonly counters: readonly Held[];
	/** The period of each stream in ns, by name. */
	readonly streams: ReadonlyMap<string, number>;
	/** The schedules of all streams. */
	readonly schedules: Sql;
	/** Streams that the user chose with --stream. */
	readonly chosen: readonly string[];
}

/** Selects the schedule of a stream. Events have no schedule: all columns are null. */
const scheduleSql = (stream: string, events: boolean): Sql =>
	events
		? sql`SELECT ${text(stream)} AS stream, NULL::UBIGINT AS start_ns, NULL::UBIGINT AS pace, NULL::UBIGINT AS bits, NULL::UBIGINT AS period_ns, NULL::UBIGINT AS ticks`
		: sql`SELECT ${text(stream)} AS stream, * FROM _schedule(${text(stream)})`;

/** Asks for rows (name, period_ns, events), one for each stream.
 *  @param recording "", or the name of a recording with a dot */
export const streamsOf = (session: Session, recording: Sql = sql``): Promise<Row[]> =>
	rowsOf(session, sql`SELECT name, period_ns, paced_by = 'events' AS events FROM ${recording}streams`);

export async function holdingsOf(session: Session, chosen: readonly string[]): Promise<Holdings> {
	const counters = await rowsOf(
		session,
		sql`SELECT id, source, instance, stream, column_name AS "column", semantics FROM counters`,
	);
	const streams = await streamsOf(session);
	const holdings = {
		path: session.paths[0]!,
		counters: counters as unknown as Held[],
		streams: new Map(streams.map((row) => [String(row.name), Number(row.period_ns)])),
		schedules: join(
			streams.map(({ name, events }) => scheduleSql(String(name), events === true)),
			sql` UNION ALL BY NAME `,
		),
		chosen,
	};
	for (const name of chosen) checkStream(holdings, name);
	return holdings;
}

const SHOWN = 6;

/** Joins names, as in "a, b, c and 40 more". */
export const some = (names: readonly string[]): string =>
	names.length <= SHOWN ? names.join(", ") : `${names.slice(0, SHOWN).join(", ")} and ${names.length - SHOWN} more`;

export function checkStream({ path, streams }: Holdings, name: string): string {
	if (streams.has(name)) return name;
	const near = nearest(name, streams.keys());
	throw usageError(
		`${path} has no stream ${name}; ${near ? `did you mean ${near}?` : `it has ${some([...streams.keys()])}`}`,
	);
}

/** Finds the stream of these counters. Where they are in several, the user must have chosen one. */
export function streamOf({ path, streams, chosen }: Holdings, counters: readonly Held[], what: string): string {
	const names = [...new Set(counters.map(({ stream }) => stream))];
	const wanted = names.filter((name) => names.length === 1 || chosen.includes(name));
	if (wanted.length === 1) return wanted[0]!;
	const rates = names.map((name) => `${name} (${formatRate(streams.get(name)!)})`);
	throw usageError(
		`${what} is in ${names.length} streams of ${path}: ${rates.join(", ")}; choose one with --stream ${names[0]}`,
	);
}

/** The counters that match, all in one stream. */
export function matching(
	holdings: Holdings,
	pattern: RegExp,
	glob: string,
): { stream: string; counters: Held[] } | null {
	const found = holdings.counters.filter(({ id }) => pattern.test(id));
	if (found.length === 0) return null;
	const stream = streamOf(holdings, found, glob);
	return { stream, counters: found.filter((counter) => counter.stream === stream) };
}

/** Expands "a{b,c}" to "ab" and "ac". */
function alternatives(glob: string): string[] {
	const [, before, inside, after] = /^(.*)\{([^{}]*)\}(.*)$/.exec(glob) ?? [];
	return inside === undefined ? [glob] : inside.split(",").map((one) => `${before}${one}${after}`);
}

/** The counters of the instances that have a counter for each alternative. */
function complete(counters: readonly Held[], glob: string): Held[] {
	const patterns = alternatives(glob).map(globToRegExp);
	return [...groupBy(counters, ({ source, instance }) => `${source}:${instance}`).values()]
		.filter((own) => patterns.every((pattern) => own.some(({ id }) => pattern.test(id))))
		.flat();
}

/** The counters that a need names, all in one stream. */
export function needed(holdings: Holdings, { glob, each }: Need): ReturnType<typeof matching> {
	const pattern = globToRegExp(glob);
	if (!each) return matching(holdings, pattern, glob);
	const whole = [...groupBy(holdings.counters, ({ stream }) => stream).values()].flatMap((own) =>
		complete(
			own.filter(({ id }) => pattern.test(id)),
			glob,
		),
	);
	return matching({ ...holdings, counters: whole }, pattern, glob);
}
