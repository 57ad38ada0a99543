// SPDX-License-Identifier: Apache-2.0
/** Finds what Tab offers. Names of the recording come from its catalog, words of SQL from DuckDB. */
import { clean } from "../../base/clean.js";
import { rowsOf, type Session } from "../../storage/session.js";
import { sql, text } from "../../storage/sql.js";
import type { Catalog, Counter, Macro } from "./catalog.js";
import { type Call, type Context, contextOf, nothingToComplete } from "./context.js";

export interface Candidate {
	/** Text that replaces the word. */
	readonly text: string;
	/** Text that the list shows instead, where that is more. */
	readonly shown?: string;
}

export interface Completion {
	/** The part of a word that is completed. */
	readonly word: string;
	readonly candidates: readonly Candidate[];
	/** A hint for the choice: the parameters of the macro. */
	readonly hint?: string;
}

/** A word that DuckDB would accept here. */
export interface Suggestion {
	readonly text: string;
	readonly type: string;
}

const signature = ({ name, parameters }: Macro): string => `${name}(${parameters.join(", ")})`;

const begins = (name: string, word: string): boolean => name.toLowerCase().startsWith(word.toLowerCase());

const isStream = (parameter: string | undefined): boolean => parameter?.includes("stream") === true;
const isCounter = (parameter: string | undefined): boolean => parameter?.includes("counter") === true;

/** The counters of the stream that the call has named last; all of them where it has not named one. */
function countersFor(macro: Macro, call: Call, counters: readonly Counter[]): readonly Counter[] {
	const stream = call.before.findLast((_, i) => isStream(macro.parameters[i]));
	return stream ? counters.filter((counter) => counter.stream === stream) : counters;
}

/** Values for the parameter at the cursor; null where it does not take a name of the recording. A counter is offered as
 *  its column until a colon shows that the user types its id. */
function argumentsFor(macro: Macro, call: Call, word: string, catalog: Catalog): readonly string[] | null {
	const parameter = macro.parameters[call.before.length];
	if (isStream(parameter)) return catalog.streams;
	if (!isCounter(parameter)) return null;
	const counters = countersFor(macro, call, catalog.counters);
	const byId = word.includes(":") || !macro.parameters.some(isStream);
	return counters.map((counter) => (byId ? counter.id : counter.column));
}

/** What closes the string, with the start of the next one where the next parameter is a name, too. @param after text
 *  after the cursor */
function closing(macro: Macro, call: Call, after: string): string {
	if (after.startsWith("'")) return "";
	const next = macro.parameters[call.before.length + 1];
	return isStream(next) || isCounter(next) ? "', '" : "'";
}

function argument(context: Context, after: string, catalog: Catalog): Completion | null {
	const { call, word, quoted } = context;
	const macro = call && catalog.macros.find(({ name }) => name === call.name);
	if (!macro || (!quoted && word !== "")) return null;
	const values = argumentsFor(macro, call, word, catalog);
	if (!values) return null;
	const [before, end] = [quoted ? "" : "'", closing(macro, call, after)];
	const candidates = values
		.filter((value) => begins(value, word))
		.map((value) => ({ text: before + value + end, shown: value }));
	return { word, candidates, hint: signature(macro) };
}

/** Completes any other string, such as in WHERE id = '...': people look there for the id of a counter or for a
 *  stream. */
function inString({ word }: Context, after: string, catalog: Catalog): Completion {
	const names = [...catalog.streams, ...catalog.counters.map(({ id }) => id)].filter((name) => begins(name, word));
	const end = after.startsWith("'") ? "" : "'";
	return { word, candidates: names.map((name) => ({ text: name + end, shown: name })) };
}

/** Completes after a dot: columns of the table or alias, or tables of that recording. */
function qualified(context: Context, catalog: Catalog): Completion {
	const { word, aliases } = context;
	const qualifier = context.qualifier!;
	const table = aliases.get(qualifier) ?? qualifier;
	const columns = catalog.tables.filter(({ name }) => name === table).flatMap((found) => found.columns);
	const inner = catalog.tables
		.filter(({ name }) => name.startsWith(`${qualifier}.`))
		.map(({ name }) => name.slice(qualifier.length + 1));
	const names = [...columns, ...inner].filter((name) => begins(name, word));
	return { word, candidates: names.map((text) => ({ text })) };
}

/** Columns of the tables that the statement names; all columns where it does not name one yet. */
function columnsFor({ words }: Context, catalog: Catalog): string[] {
	const named = catalog.tables.filter(({ name }) => words.includes(name));
	return [...new Set((named.length > 0 ? named : catalog.tables).flatMap((table) => table.columns))];
}

/** A call of a function. DuckDB suggests "range" with quotes, since it is a keyword, too; before a bracket it needs
 *  none. */
const functionCall = ({ text }: Suggestion): Candidate => ({ text: `${text.replaceAll('"', "")}(` });

/** Keywords and functions. A list of all functions would not help. */
function wordsOfSql(word: string, suggestions: readonly Suggestion[]): Candidate[] {
	const of = (type: RegExp): Suggestion[] => suggestions.filter((s) => type.test(s.type) && !s.text.startsWith("_"));
	return [...(word === "" ? [] : of(/function/).map(functionCall)), ...of(/keyword/).map(({ text }) => ({ text }))];
}

function namesOf(context: Context, catalog: Catalog, suggestions: readonly Suggestion[]): Candidate[] {
	/* A text that DuckDB cannot parse, for example because an earlier part is incomplete, may continue with anything. */
	const may = (type: string): boolean => suggestions.length === 0 || suggestions.some((s) => s.type === type);
	const macros = catalog.macros.map((macro) => ({ text: `${macro.name}(`, shown: signature(macro) }));
	return [
		...(may("column") ? columnsFor(context, catalog).map((text) => ({ text })) : []),
		...(may("table") ? catalog.tables.map(({ name }) => ({ text: name })) : []),
		...(may("table") || may("column") ? macros : []),
	];
}

function words(context: Context, catalog: Catalog, suggestions: readonly Suggestion[]): Completion {
	const { word, table } = context;
	const fits = ({ text }: Candidate): boolean => begins(text, word);
	const names = namesOf(context, catalog, suggestions).filter(fits);
	/* DuckDB offers keywords as names of tables, since some could be. Where a known name fits, nobody means them. */
	const others = table && names.length > 0 ? [] : wordsOfSql(word, suggestions).filter(fits);
	const different = [...new Map([...names, ...others].map((c) => [c.text, c])).values()];
	/* A complete word that is not the start of another one needs no list. */
	return { word, candidates: different.every(({ text }) => text === word) ? [] : different };
}

/** What may follow a text, given DuckDB's suggestions. This part is pure. @param after text after the cursor */
export function candidatesFor(
	before: string,
	after: string,
	catalog: Catalog,
	suggestions: readonly Suggestion[],
): Completion {
	const context = contextOf(before + after, before.length);
	const found =
		argument(context, after, catalog) ??
		(context.quoted
			? inString(context, after, catalog)
			: context.qualifier !== null
				? qualified(context, catalog)
				: words(context, catalog, suggestions));
	/* What was typed keeps its case. */
	const candidates = found.candidates.map((c) => ({ ...c, text: found.word + c.text.slice(found.word.length) }));
	return { ...found, candidates };
}

async function suggestionsFor(session: Session, before: string): Promise<Suggestion[]> {
	const rows = await rowsOf(session, sql`FROM sql_auto_complete(${text(before)})`);
	return rows.map((row) => ({ text: String(row.suggestion), type: String(row.suggestion_type) }));
}

export async function complete(session: Session, catalog: Catalog, before: string, after: string): Promise<Completion> {
	if (nothingToComplete(before)) return { word: "", candidates: [] };
	const found = candidatesFor(before, after, catalog, await suggestionsFor(session, before));
	/* An inserted text appears on the screen unchanged, so names that a terminal would obey are not offered. */
	return { ...found, candidates: found.candidates.filter(({ text }) => text === clean(text)) };
}

/** The longest common start of all candidates; at least the word itself. */
export function commonPart({ word, candidates }: Completion): string {
	const [first, ...others] = candidates.map(({ text }) => text);
	if (first === undefined) return word;
	let length = first.length;
	for (const other of others) while (!other.startsWith(first.slice(0, length))) length--;
	return first.slice(0, length);
}
