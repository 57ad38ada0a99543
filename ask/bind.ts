// SPDX-License-Identifier: Apache-2.0
/** Turns a page and the values that a user gave into a statement: finds the counters and streams that the page asks for in a recording. */
import { usageError } from "../base/errors.js";
import { groupBy } from "../base/group.js";
import { globToRegExp, literally, nearest } from "../base/text.js";
import { formatRate } from "../base/units.js";
import { fill, type Need, type Page, SCHEDULES } from "../queries/page.js";
import { type Parameter, type ParameterType, parameterTypes, plainLiteral } from "../queries/query-parameters.js";
import type { Row } from "../storage/recording.js";
import { join, type Sql, sql, text } from "../storage/sql.js";
import { rowsOf, type Session } from "./session.js";

interface Held {
	readonly id: string;
	readonly stream: string;
	readonly column: string;
	readonly semantics: string;
}

/** What a recording holds, as far as binding needs it. */
interface Contents {
	readonly path: string;
	readonly counters: readonly Held[];
	/** Period in ns, by name. */
	readonly streams: ReadonlyMap<string, number>;
	/** The schedules of all streams. */
	readonly schedules: Sql;
	/** Streams that the user chose with --stream. */
	readonly chosen: readonly string[];
}

/** Values by name and by name.part. */
type Values = Map<string, Sql>;

/** Events have no schedule: all its columns are null. */
const scheduleSql = (stream: string, events: boolean): Sql =>
	events
		? sql`SELECT ${text(stream)} AS stream, NULL::UBIGINT AS start_ns, NULL::UBIGINT AS pace, NULL::UBIGINT AS bits, NULL::UBIGINT AS period_ns, NULL::UBIGINT AS ticks`
		: sql`SELECT ${text(stream)} AS stream, * FROM _schedule(${text(stream)})`;

/** Rows (name, period_ns, events), one for each stream. @param recording "" or the name of a recording with a dot */
export const streamsOf = (session: Session, recording: Sql = sql``): Promise<Row[]> =>
	rowsOf(session, sql`SELECT name, period_ns, _eventful(source) AS events FROM ${recording}streams`);

async function contentsOf(session: Session, chosen: readonly string[]): Promise<Contents> {
	const counters = await rowsOf(session, sql`SELECT id, stream, column_name AS "column", semantics FROM counters`);
	const streams = await streamsOf(session);
	const contents = {
		path: session.paths[0]!,
		counters: counters as unknown as Held[],
		streams: new Map(streams.map((row) => [String(row.name), Number(row.period_ns)])),
		schedules: join(
			streams.map(({ name, events }) => scheduleSql(String(name), events === true)),
			sql` UNION ALL BY NAME `,
		),
		chosen,
	};
	for (const name of chosen) checkStream(contents, name);
	return contents;
}

const SHOWN = 6;

/** "a, b, c and 40 more" */
const some = (names: readonly string[]): string =>
	names.length <= SHOWN ? names.join(", ") : `${names.slice(0, SHOWN).join(", ")} and ${names.length - SHOWN} more`;

function checkStream({ path, streams }: Contents, name: string): string {
	if (streams.has(name)) return name;
	const near = nearest(name, streams.keys());
	throw usageError(
		`${path} has no stream ${name}; ${near ? `did you mean ${near}?` : `it has ${some([...streams.keys()])}`}`,
	);
}

/** The stream of these counters. Where they are in several, the user must have chosen one. */
function streamOf({ path, streams, chosen }: Contents, counters: readonly Held[], what: string): string {
	const names = [...new Set(counters.map(({ stream }) => stream))];
	const wanted = names.filter((name) => names.length === 1 || chosen.includes(name));
	if (wanted.length === 1) return wanted[0]!;
	const rates = names.map((name) => `${name} (${formatRate(streams.get(name)!)})`);
	throw usageError(
		`${what} is in ${names.length} streams of ${path}: ${rates.join(", ")}; choose one with --stream ${names[0]}`,
	);
}

const patternOf = (counters: readonly Held[]): Sql =>
	text(`^(${counters.map(({ column }) => literally(column)).join("|")})$`);

const lacking = (path: string, { glob, each }: Need): Error =>
	usageError(
		`${path} has no counters ${glob}, ${each ? "all of which this query needs" : "which this query is about"}; record them with countersink record -e '${glob}'`,
	);

/** The counters that match, all in one stream. */
function matching(contents: Contents, pattern: RegExp, glob: string): { stream: string; counters: Held[] } | null {
	const found = contents.counters.filter(({ id }) => pattern.test(id));
	if (found.length === 0) return null;
	const stream = streamOf(contents, found, glob);
	return { stream, counters: found.filter((counter) => counter.stream === stream) };
}

/** "a{b,c}" to "ab" and "ac". */
function alternatives(glob: string): string[] {
	const [, before, inside, after] = /^(.*)\{([^{}]*)\}(.*)$/.exec(glob) ?? [];
	return inside === undefined ? [glob] : inside.split(",").map((one) => `${before}${one}${after}`);
}

const instanceOf = (id: string): string => id.slice(0, Math.max(id.indexOf(":"), id.lastIndexOf("/")));

/** The counters of the instances that have a counter for each alternative. */
function complete(counters: readonly Held[], glob: string): Held[] {
	const patterns = alternatives(glob).map(globToRegExp);
	return [...groupBy(counters, ({ id }) => instanceOf(id)).values()]
		.filter((own) => patterns.every((pattern) => own.some(({ id }) => pattern.test(id))))
		.flat();
}

/** The counters that a need names, all in one stream. */
function needed(contents: Contents, { glob, each }: Need): ReturnType<typeof matching> {
	const pattern = globToRegExp(glob);
	if (!each) return matching(contents, pattern, glob);
	const whole = [...groupBy(contents.counters, ({ stream }) => stream).values()].flatMap((own) =>
		complete(
			own.filter(({ id }) => pattern.test(id)),
			glob,
		),
	);
	return matching({ ...contents, counters: whole }, pattern, glob);
}

/** @returns the stream of its counters, as the next functions do */
function bindNeed(contents: Contents, need: Need, values: Values): string {
	const found = needed(contents, need);
	if (!found) throw lacking(contents.path, need);
	const { source } = need;
	values.set(source, text(found.stream));
	values.set(`${source}.columns`, patternOf(found.counters));
	return found.stream;
}

function unknownCounter({ path, counters }: Contents, { type }: Parameter, id: string): Error {
	const source = id.split(":")[0]!;
	const usable = counters.filter(({ semantics }) => type === "reading" || semantics === "counter");
	const ids = [...new Set(usable.map((counter) => counter.id))];
	const near = nearest(id, ids);
	if (near) return usageError(`${path} has no counter ${id}; did you mean ${near}?`);
	const siblings = ids.filter((other) => other.startsWith(`${source}:`));
	return siblings.length > 0
		? usageError(`${path} has no counter ${id}; of ${source} it has ${some(siblings)}`)
		: usageError(
				`${path} has no counter ${id}, nor any of ${source}; record it with countersink record -e '${id}', or ask about ${some(ids)}`,
			);
}

function noRate({ counters }: Contents, { id, semantics, stream }: Held): Error {
	const others = counters.filter((other) => other.semantics === "counter" && other.stream === stream);
	const beside = some(others.map((other) => other.id));
	return usageError(
		`${id} is a ${semantics}, which has values but no rate; ${beside ? `counters beside it are ${beside}` : "ask about a counter"}`,
	);
}

function bindCounter(contents: Contents, parameter: Parameter, id: string, values: Values): string {
	const found = contents.counters.filter((counter) => counter.id === id);
	if (found.length === 0) throw unknownCounter(contents, parameter, id);
	const { column, semantics } = found[0]!;
	if (parameter.type === "counter" && semantics !== "counter") throw noRate(contents, found[0]!);
	values.set(parameter.name, text(column));
	values.set(`${parameter.name}.id`, text(id));
	const stream = streamOf(contents, found, id);
	values.set(`${parameter.name}.stream`, text(stream));
	return stream;
}

function bindCounters(contents: Contents, { name, meaning }: Parameter, glob: string, values: Values): string {
	const found = matching(contents, globToRegExp(glob), glob);
	if (!found)
		throw usageError(
			`${contents.path} has no counters ${glob} (--${name}: ${meaning}); 'countersink sql ${contents.path} "FROM counters"' lists those it has`,
		);
	const moving = found.counters.filter(({ semantics }) => semantics === "counter");
	if (moving.length === 0) throw noRate(contents, found.counters[0]!);
	values.set(name, text(glob));
	values.set(`${name}.stream`, text(found.stream));
	values.set(`${name}.columns`, patternOf(moving));
	return found.stream;
}

/** Where no stream was given, takes the one that was chosen with --stream, or the only one. */
function bindStream(contents: Contents, { name, meaning }: Parameter, given: string | null, values: Values): string {
	const names = [...contents.streams.keys()];
	const only = contents.chosen[0] ?? (names.length === 1 ? names[0] : undefined);
	const stream = given ?? only;
	if (stream === undefined) throw usageError(`this query needs --${name}, ${meaning}: one of ${some(names)}`);
	values.set(name, text(checkStream(contents, stream)));
	return stream;
}

const missing = ({ name, type, meaning }: Parameter): Error =>
	usageError(`this query needs --${name}, ${meaning}: ${parameterTypes[type]}`);

const binders: Partial<
	Record<ParameterType, (contents: Contents, parameter: Parameter, given: string, values: Values) => string>
> = { counter: bindCounter, reading: bindCounter, counters: bindCounters };

/** @returns null: the parameter names no counter or stream */
function bindParameter(
	contents: Contents,
	parameter: Parameter,
	given: string | undefined,
	values: Values,
): string | null {
	const value = given ?? parameter.fallback;
	if (parameter.type === "stream") return bindStream(contents, parameter, value, values);
	if (value === null) throw missing(parameter);
	const binder = binders[parameter.type];
	if (binder) return binder(contents, parameter, value, values);
	values.set(parameter.name, plainLiteral(parameter, value)!);
	return null;
}

export interface Given {
	readonly parameters: Readonly<Record<string, string | undefined>>;
	/** Streams to prefer where several hold what is asked for. */
	readonly streams: readonly string[];
}

/** Checks what can be checked without a recording. @throws CountersinkError for a bad or missing value */
export function checkGiven(page: Page, { parameters }: Given): void {
	for (const parameter of page.parameters) {
		const value = parameters[parameter.name] ?? parameter.fallback;
		if (value !== null) plainLiteral(parameter, value);
		else if (parameter.type !== "stream") throw missing(parameter);
	}
}

/** A page with its parameters filled in. */
export interface Bound {
	readonly statement: Sql;
	/** Streams that the statement reads; null: it asks about the recording as a whole. */
	readonly streams: readonly string[] | null;
}

/** Makes the statement that answers the question of a page on the first recording of a session.
 *  @throws CountersinkError, one sentence, where that recording cannot answer it */
export async function bind(page: Page, session: Session, given: Given): Promise<Bound> {
	checkGiven(page, given);
	const contents = await contentsOf(session, given.streams);
	const values: Values = new Map([[SCHEDULES, contents.schedules]]);
	const streams = new Set<string>();
	for (const need of page.needs) streams.add(bindNeed(contents, need, values));
	for (const parameter of page.parameters) {
		const stream = bindParameter(contents, parameter, given.parameters[parameter.name], values);
		if (stream !== null) streams.add(stream);
	}
	const statement = fill(page.sql, (name, part) => values.get(part === null ? name : `${name}.${part}`)!);
	return { statement, streams: streams.size > 0 ? [...streams] : null };
}
