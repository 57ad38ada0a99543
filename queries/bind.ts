// SPDX-License-Identifier: Apache-2.0
/** From a page and what the user gave to the statement: finds the counters and streams that it asks for in a recording. */
import { usageError } from "../base/errors.js";
import { groupBy } from "../base/group.js";
import { globToRegExp, literally, nearest } from "../base/text.js";
import { formatRate } from "../base/units.js";
import type { Row } from "../storage/recording.js";
import { join, type Sql, sql, text } from "../storage/sql.js";
import { fill, type Need, type Page, SCHEDULES } from "./page.js";
import { type Parameter, type ParameterType, parameterTypes, plainLiteral } from "./parameters.js";

/** What can be asked: a recording, whoever opened it. */
export interface Askable {
	readonly path: string;
	rows(asked: Sql): Promise<Row[]>;
}

interface Held {
	readonly id: string;
	readonly stream: string;
	readonly column: string;
	readonly semantics: string;
}

/** What a recording holds, as far as binding must know it. */
interface Contents {
	readonly path: string;
	readonly counters: readonly Held[];
	/** Name to period in ns. */
	readonly streams: ReadonlyMap<string, number>;
	/** The schedules of all streams. */
	readonly schedules: Sql;
	/** As the user chose with --stream. */
	readonly chosen: readonly string[];
}

/** Values by name and by name.part. */
type Values = Map<string, Sql>;

/** Of events, which have no schedule, all is null. */
const scheduleSql = (stream: string, events: boolean): Sql =>
	events
		? sql`SELECT ${text(stream)} AS stream, NULL::UBIGINT AS start_ns, NULL::UBIGINT AS pace, NULL::UBIGINT AS bits, NULL::UBIGINT AS period_ns, NULL::UBIGINT AS ticks`
		: sql`SELECT ${text(stream)} AS stream, * FROM _schedule(${text(stream)})`;

async function contentsOf(recording: Askable, chosen: readonly string[]): Promise<Contents> {
	const counters = await recording.rows(sql`SELECT id, stream, column_name AS "column", semantics FROM counters`);
	const streams = await recording.rows(sql`SELECT name, period_ns, paced_by = 'events' AS events FROM streams`);
	const contents = {
		path: recording.path,
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

/** The one stream of these counters: the only one, or the one that was chosen. */
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

/** All that match, in one stream. */
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

/** The counters of those instances that have one for each alternative. */
function complete(counters: readonly Held[], glob: string): Held[] {
	const patterns = alternatives(glob).map(globToRegExp);
	return [...groupBy(counters, ({ id }) => instanceOf(id)).values()]
		.filter((own) => patterns.every((pattern) => own.some(({ id }) => pattern.test(id))))
		.flat();
}

/** What a need names, in one stream. */
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

function bindNeed(contents: Contents, need: Need, values: Values): void {
	const found = needed(contents, need);
	if (!found) throw lacking(contents.path, need);
	const { source } = need;
	values.set(source, text(found.stream));
	values.set(`${source}.columns`, patternOf(found.counters));
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

function bindCounter(contents: Contents, parameter: Parameter, id: string, values: Values): void {
	const found = contents.counters.filter((counter) => counter.id === id);
	if (found.length === 0) throw unknownCounter(contents, parameter, id);
	const { column, semantics } = found[0]!;
	if (parameter.type === "counter" && semantics !== "counter") throw noRate(contents, found[0]!);
	values.set(parameter.name, text(column));
	values.set(`${parameter.name}.id`, text(id));
	values.set(`${parameter.name}.stream`, text(streamOf(contents, found, id)));
}

function bindCounters(contents: Contents, { name, meaning }: Parameter, glob: string, values: Values): void {
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
}

/** A stream that was not named is the only one, or the one that was chosen. */
function bindStream(contents: Contents, { name, meaning }: Parameter, given: string | null, values: Values): void {
	const names = [...contents.streams.keys()];
	const only = contents.chosen[0] ?? (names.length === 1 ? names[0] : undefined);
	const stream = given ?? only;
	if (stream === undefined) throw usageError(`this query needs --${name}, ${meaning}: one of ${some(names)}`);
	values.set(name, text(checkStream(contents, stream)));
}

const missing = ({ name, type, meaning }: Parameter): Error =>
	usageError(`this query needs --${name}, ${meaning}: ${parameterTypes[type]}`);

const binders: Partial<
	Record<ParameterType, (contents: Contents, parameter: Parameter, given: string, values: Values) => void>
> = { counter: bindCounter, reading: bindCounter, counters: bindCounters };

function bindParameter(contents: Contents, parameter: Parameter, given: string | undefined, values: Values): void {
	const value = given ?? parameter.fallback;
	if (parameter.type === "stream") bindStream(contents, parameter, value, values);
	else if (value === null) throw missing(parameter);
	else {
		const binder = binders[parameter.type];
		if (binder) binder(contents, parameter, value, values);
		else values.set(parameter.name, plainLiteral(parameter, value)!);
	}
}

export interface Given {
	readonly parameters: Readonly<Record<string, string | undefined>>;
	/** Streams to take where several hold what is asked for. */
	readonly streams: readonly string[];
}

/** What can be known to be wrong without a recording. */
export function checkGiven(page: Page, { parameters }: Given): void {
	for (const parameter of page.parameters) {
		const value = parameters[parameter.name] ?? parameter.fallback;
		if (value !== null) plainLiteral(parameter, value);
		else if (parameter.type !== "stream") throw missing(parameter);
	}
}

/** The statement that answers a page's question on a recording. Throws one sentence where it cannot be answered there. */
export async function bind(page: Page, recording: Askable, given: Given): Promise<Sql> {
	checkGiven(page, given);
	const contents = await contentsOf(recording, given.streams);
	const values: Values = new Map([[SCHEDULES, contents.schedules]]);
	for (const need of page.needs) bindNeed(contents, need, values);
	for (const parameter of page.parameters) bindParameter(contents, parameter, given.parameters[parameter.name], values);
	return fill(page.sql, (name, part) => values.get(part === null ? name : `${name}.${part}`)!);
}
