// SPDX-License-Identifier: Apache-2.0
/** Turns a page and the values that a user gave into a statement: finds the counters and streams that the page asks
 *  for in a recording. */
import { usageError } from "../base/errors.js";
import { globToRegExp, literally, nearest } from "../base/text.js";
import { fill, type Need, type Page, SCHEDULES } from "../queries/page.js";
import { type Parameter, type ParameterType, parameterTypes, plainLiteral } from "../queries/query-parameters.js";
import { type Sql, text } from "../storage/sql.js";
import { checkStream, type Held, type Holdings, holdingsOf, matching, needed, some, streamOf } from "./holdings.js";
import type { Session } from "./session.js";

/** The values that a page can use, by name and by name.part. */
type Values = Map<string, Sql>;

const patternOf = (counters: readonly Held[]): Sql =>
	text(`^(${counters.map(({ column }) => literally(column)).join("|")})$`);

const lacking = (path: string, { glob, each }: Need): Error =>
	usageError(
		`${path} has no counters ${glob}, ${each ? "all of which this query needs" : "which this query is about"}; record them with countersink record -e '${glob}'`,
	);

/** Binds the counters that a page needs. @returns their stream, as the next functions do */
function bindNeed(holdings: Holdings, need: Need, values: Values): string {
	const found = needed(holdings, need);
	if (!found) throw lacking(holdings.path, need);
	const { source } = need;
	values.set(source, text(found.stream));
	values.set(`${source}.columns`, patternOf(found.counters));
	return found.stream;
}

function unknownCounter({ path, counters }: Holdings, { type }: Parameter, id: string): Error {
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

function noRate({ counters }: Holdings, { id, semantics, stream }: Held): Error {
	const others = counters.filter((other) => other.semantics === "counter" && other.stream === stream);
	const beside = some(others.map((other) => other.id));
	return usageError(
		`${id} is a ${semantics}, which has values but no rate; ${beside ? `counters beside it are ${beside}` : "ask about a counter"}`,
	);
}

function bindCounter(holdings: Holdings, parameter: Parameter, id: string, values: Values): string {
	const found = holdings.counters.filter((counter) => counter.id === id);
	if (found.length === 0) throw unknownCounter(holdings, parameter, id);
	const { column, semantics } = found[0]!;
	if (parameter.type === "counter" && semantics !== "counter") throw noRate(holdings, found[0]!);
	values.set(parameter.name, text(column));
	values.set(`${parameter.name}.id`, text(id));
	const stream = streamOf(holdings, found, id);
	values.set(`${parameter.name}.stream`, text(stream));
	return stream;
}

function bindCounters(holdings: Holdings, { name, meaning }: Parameter, glob: string, values: Values): string {
	const found = matching(holdings, globToRegExp(glob), glob);
	if (!found)
		throw usageError(
			`${holdings.path} has no counters ${glob} (--${name}: ${meaning}); 'countersink sql ${holdings.path} "FROM counters"' lists those it has`,
		);
	const moving = found.counters.filter(({ semantics }) => semantics === "counter");
	if (moving.length === 0) throw noRate(holdings, found.counters[0]!);
	values.set(name, text(glob));
	values.set(`${name}.stream`, text(found.stream));
	values.set(`${name}.columns`, patternOf(moving));
	return found.stream;
}

/** Where no stream was given, takes the one that was chosen with --stream, or the only one. */
function bindStream(holdings: Holdings, { name, meaning }: Parameter, given: string | null, values: Values): string {
	const names = [...holdings.streams.keys()];
	const only = holdings.chosen[0] ?? (names.length === 1 ? names[0] : undefined);
	const stream = given ?? only;
	if (stream === undefined) throw usageError(`this query needs --${name}, ${meaning}: one of ${some(names)}`);
	values.set(name, text(checkStream(holdings, stream)));
	return stream;
}

const missing = ({ name, type, meaning }: Parameter): Error =>
	usageError(`this query needs --${name}, ${meaning}: ${parameterTypes[type]}`);

const binders: Partial<
	Record<ParameterType, (holdings: Holdings, parameter: Parameter, given: string, values: Values) => string>
> = { counter: bindCounter, reading: bindCounter, counters: bindCounters };

/** @returns null: the parameter names no counter or stream */
function bindParameter(
	holdings: Holdings,
	parameter: Parameter,
	given: string | undefined,
	values: Values,
): string | null {
	const value = given ?? parameter.fallback;
	if (parameter.type === "stream") return bindStream(holdings, parameter, value, values);
	if (value === null) throw missing(parameter);
	const binder = binders[parameter.type];
	if (binder) return binder(holdings, parameter, value, values);
	values.set(parameter.name, plainLiteral(parameter, value)!);
	return null;
}

export interface Given {
	readonly parameters: Readonly<Record<string, string | undefined>>;
	/** The streams to prefer where several hold what is asked for. */
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
	const holdings = await holdingsOf(session, given.streams);
	const values: Values = new Map([[SCHEDULES, holdings.schedules]]);
	const streams = new Set<string>();
	for (const need of page.needs) streams.add(bindNeed(holdings, need, values));
	for (const parameter of page.parameters) {
		const stream = bindParameter(holdings, parameter, given.parameters[parameter.name], values);
		if (stream !== null) streams.add(stream);
	}
	const statement = fill(page.sql, (name, part) => values.get(part === null ? name : `${name}.${part}`)!);
	return { statement, streams: streams.size > 0 ? [...streams] : null };
}
