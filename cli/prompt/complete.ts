// SPDX-License-Identifier: Apache-2.0
/** Candidates for Tab. Names in the recording come from its vocabulary, words of SQL from DuckDB. */

import { clean } from "../../base/clean.js";
import type { OpenRecording, Vocabulary } from "../../library/open-recording.js";
import { sql, text } from "../../storage/sql.js";
import { type Call, type Context, contextOf, nothingToComplete } from "./context.js";

export interface Candidate {
	/** Replaces the word. */
	readonly text: string;
	/** What the list shows, where that is more than the text. */
	readonly shown?: string;
}

export interface Completion {
	/** The part of a word that is completed. */
	readonly word: string;
	readonly candidates: readonly Candidate[];
	/** Helps to choose: the parameters of the macro. */
	readonly hint?: string;
}

/** A word that DuckDB would accept here. */
export interface Suggestion {
	readonly text: string;
	readonly type: string;
}

type Macro = Vocabulary["macros"][number];
type Counter = Vocabulary["counters"][number];

const signature = ({ name, parameters }: Macro): string => `${name}(${parameters.join(", ")})`;

const begins = (name: string, word: string): boolean => name.toLowerCase().startsWith(word.toLowerCase());

const isStream = (parameter: string | undefined): boolean => parameter?.includes("stream") === true;
const isCounter = (parameter: string | undefined): boolean => parameter?.includes("counter") === true;

/** The counters of the stream that the call named last; all counters where it named none. */
function countersFor(macro: Macro, call: Call, counters: readonly Counter[]): readonly Counter[] {
	const stream = call.before.findLast((_, i) => isStream(macro.parameters[i]));
	return stream ? counters.filter((counter) => counter.stream === stream) : counters;
}

/** Values for the parameter at the cursor; null where it is neither a stream nor a counter. A counter is offered as its
 *  column, after a colon as its id. */
function argumentsFor(macro: Macro, call: Call, word: string, vocabulary: Vocabulary): readonly string[] | null {
	const parameter = macro.parameters[call.before.length];
	if (isStream(parameter)) return vocabulary.streams;
	if (!isCounter(parameter)) return null;
	const counters = countersFor(macro, call, vocabulary.counters);
	const byId = word.includes(":") || !macro.parameters.some(isStream);
	return counters.map((counter) => (byId ? counter.id : counter.column));
}

/** Closes the string, and opens the next one where the next parameter is a name too. @param after the text after the
 *  cursor */
function closing(macro: Macro, call: Call, after: string): string {
	if (after.startsWith("'")) return "";
	const next = macro.parameters[call.before.length + 1];
	return isStream(next) || isCounter(next) ? "', '" : "'";
}

function argument(context: Context, after: string, vocabulary: Vocabulary): Completion | null {
	const { call, word, quoted } = context;
	const macro = call && vocabulary.macros.find(({ name }) => name === call.name);
	if (!macro || (!quoted && word !== "")) return null;
	const values = argumentsFor(macro, call, word, vocabulary);
	if (!values) return null;
	const [before, end] = [quoted ? "" : "'", closing(macro, call, after)];
	const candidates = values
		.filter((value) => begins(value, word))
		.map((value) => ({ text: before + value + end, shown: value }));
	return { word, candidates, hint: signature(macro) };
}

/** In any other string, such as WHERE id = '...', people look for the id of a counter or for a stream. */
function inString({ word }: Context, after: string, vocabulary: Vocabulary): Completion {
	const names = [...vocabulary.streams, ...vocabulary.counters.map(({ id }) => id)].filter((name) =>
		begins(name, word),
	);
	const end = after.startsWith("'") ? "" : "'";
	return { word, candidates: names.map((name) => ({ text: name + end, shown: name })) };
}

/** Completes after a dot: columns of the table or alias, or tables of that recording. */
function qualified(context: Context, vocabulary: Vocabulary): Completion {
	const { word, aliases } = context;
	const qualifier = context.qualifier!;
	const table = aliases.get(qualifier) ?? qualifier;
	const columns = vocabulary.tables.filter(({ name }) => name === table).flatMap((found) => found.columns);
	const inner = vocabulary.tables
		.filter(({ name }) => name.startsWith(`${qualifier}.`))
		.map(({ name }) => name.slice(qualifier.length + 1));
	const names = [...columns, ...inner].filter((name) => begins(name, word));
	return { word, candidates: names.map((text) => ({ text })) };
}

/** Columns of the tables that the statement names; of all tables where it names none yet. */
function columnsFor({ words }: Context, vocabulary: Vocabulary): string[] {
	const named = vocabulary.tables.filter(({ name }) => words.includes(name));
	return [...new Set((named.length > 0 ? named : vocabulary.tables).flatMap((table) => table.columns))];
}

/** DuckDB suggests "range" in quotes, since it is also a keyword; before a bracket it needs none. */
const functionCall = ({ text }: Suggestion): Candidate => ({ text: `${text.replaceAll('"', "")}(` });

/** Keywords, and functions once a word was started: a list of all functions would be too long. */
function wordsOfSql(word: string, suggestions: readonly Suggestion[]): Candidate[] {
	const of = (type: RegExp): Suggestion[] => suggestions.filter((s) => type.test(s.type) && !s.text.startsWith("_"));
	return [...(word === "" ? [] : of(/function/).map(functionCall)), ...of(/keyword/).map(({ text }) => ({ text }))];
}

function namesOf(context: Context, vocabulary: Vocabulary, suggestions: readonly Suggestion[]): Candidate[] {
	/* Where DuckDB cannot parse the text, because an earlier part is not finished, everything is offered. */
	const may = (type: string): boolean => suggestions.length === 0 || suggestions.some((s) => s.type === type);
	const macros = vocabulary.macros.map((macro) => ({ text: `${macro.name}(`, shown: signature(macro) }));
	return [
		...(may("column") ? columnsFor(context, vocabulary).map((text) => ({ text })) : []),
		...(may("table") ? vocabulary.tables.map(({ name }) => ({ text: name })) : []),
		...(may("table") || may("column") ? macros : []),
	];
}

function words(context: Context, vocabulary: Vocabulary, suggestions: readonly Suggestion[]): Completion {
	const { word, table } = context;
	const fits = ({ text }: Candidate): boolean => begins(text, word);
	const names = namesOf(context, vocabulary, suggestions).filter(fits);
	/* DuckDB offers keywords as names of tables, since some can be. They are left out where a known name fits. */
	const others = table && names.length > 0 ? [] : wordsOfSql(word, suggestions).filter(fits);
	const different = [...new Map([...names, ...others].map((c) => [c.text, c])).values()];
	/* A complete word that starts no other candidate needs no list. */
	return { word, candidates: different.every(({ text }) => text === word) ? [] : different };
}

/** Pure: the candidates after a text, given what DuckDB suggests. @param after the text after the cursor */
export function candidatesFor(
	before: string,
	after: string,
	vocabulary: Vocabulary,
	suggestions: readonly Suggestion[],
): Completion {
	const context = contextOf(before + after, before.length);
	const found =
		argument(context, after, vocabulary) ??
		(context.quoted
			? inString(context, after, vocabulary)
			: context.qualifier !== null
				? qualified(context, vocabulary)
				: words(context, vocabulary, suggestions));
	/* What was typed keeps its case. */
	const candidates = found.candidates.map((c) => ({ ...c, text: found.word + c.text.slice(found.word.length) }));
	return { ...found, candidates };
}

async function suggestionsFor(recording: OpenRecording, before: string): Promise<Suggestion[]> {
	const rows = await recording.rowsOf(sql`FROM sql_auto_complete(${text(before)})`);
	return rows.map((row) => ({ text: String(row.suggestion), type: String(row.suggestion_type) }));
}

export async function complete(
	recording: OpenRecording,
	vocabulary: Vocabulary,
	before: string,
	after: string,
): Promise<Completion> {
	if (nothingToComplete(before)) return { word: "", candidates: [] };
	const found = candidatesFor(before, after, vocabulary, await suggestionsFor(recording, before));
	/* What is inserted is shown as it is, so names with control characters are not offered. */
	return { ...found, candidates: found.candidates.filter(({ text }) => text === clean(text)) };
}

/** The longest text that all candidates start with; the word itself where there is nothing more. */
export function commonPart({ word, candidates }: Completion): string {
	const [first, ...others] = candidates.map(({ text }) => text);
	if (first === undefined) return word;
	let length = first.length;
	for (const other of others) while (!other.startsWith(first.slice(0, length))) length--;
	return first.slice(0, length);
}
