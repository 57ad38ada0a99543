// SPDX-License-Identifier: Apache-2.0
/**
 * A named query is one file: a comment that is its page, then one statement. The comment has these parts, in this
 * order:
 *
 *   -- SPDX-License-Identifier: ...
 *   -- The question, in one line that ends with a question mark?
 *   -- What is to be known to read the answer right.
 *   -- Parameters                                 only where there are any
 *   --   merge  duration = 10ms  meaning          a default makes it optional
 *   -- Needs                                      only where it asks for counters by name
 *   --   net  net:*\/{rx,tx}_dropped              a source, and which of its counters
 *   --   disk  disk:*\/{reads,read_ms}  each      of what has all of the alternatives only
 *   -- Columns
 *   --   dur_ns  ns  meaning                      name, unit ("-": none), meaning
 *   -- Nothing
 *   --   what an empty answer means
 *
 * A line that is indented further continues the one above it. In the statement, {merge} stands for a parameter, {net}
 * for the stream of a source that it needs, {net.columns} for a pattern of the columns in it, {schedules} for the
 * schedules of all streams.
 */
import { assert } from "../base/errors.js";
import { after, filled, type Sql, sql } from "../storage/sql.js";
import { isParameterType, type Parameter } from "./query-parameters.js";

export interface Need {
	readonly source: string;
	/** Over counter ids. */
	readonly glob: string;
	/** Taken of instances that have a counter for each alternative of the glob; the answer of others would be wrong. */
	readonly each: boolean;
}

export interface AnswerColumn {
	readonly name: string;
	/** null: a name, a moment or a plain count. */
	readonly unit: string | null;
	readonly meaning: string;
}

export interface Page {
	readonly group: string;
	readonly name: string;
	readonly question: string;
	readonly notes: string;
	readonly parameters: readonly Parameter[];
	readonly needs: readonly Need[];
	readonly columns: readonly AnswerColumn[];
	/** What an empty answer means. */
	readonly nothing: string;
	/** The statement, with its placeholders: of a file of this package, which has passed no other hand. */
	readonly sql: Sql;
}

const LICENCE = "SPDX-License-Identifier: Apache-2.0";
const sections = ["Parameters", "Needs", "Columns", "Nothing"] as const;
type Section = (typeof sections)[number];
type Fail = (claim: string) => never;

const isSection = (line: string): line is Section => (sections as readonly string[]).includes(line);

/** The lines before the first section, and the entries of each section with their continuations joined. */
function partsOf(lines: readonly string[], fail: Fail): { head: string[]; entries: Map<Section, string[]> } {
	const head: string[] = [];
	const entries = new Map<Section, string[]>();
	let section: Section | null = null;
	for (const line of lines) {
		if (isSection(line)) {
			const last = section === null ? -1 : sections.indexOf(section);
			if (sections.indexOf(line) <= last) fail(`${line} stands before ${section}`);
			section = line;
			entries.set(line, []);
		} else if (section === null) head.push(line);
		else if (/^ {2}\S/.test(line)) entries.get(section)!.push(line.trim());
		else if (/^ {3,}\S/.test(line) && entries.get(section)!.length > 0)
			entries.get(section)!.push(`${entries.get(section)!.pop()} ${line.trim()}`);
		else fail(`"${line}" is not an entry of ${section}`);
	}
	return { head, entries };
}

/** "merge  duration = 10ms  meaning" to its parts; entries are set apart by two blanks at least. */
const fields = (entry: string): string[] => entry.split(/ {2,}/);

function parameter(entry: string, fail: Fail): Parameter {
	const [name, what, meaning, ...rest] = fields(entry);
	const [, type, fallback] = /^([a-z]+)(?: = (.+))?$/.exec(what ?? "") ?? [];
	if (!name || !/^[a-z]+$/.test(name) || !type || !meaning || rest.length > 0)
		return fail(`"${entry}" is not a parameter`);
	if (!isParameterType(type)) return fail(`${type} is not a type of parameter`);
	return { name, type, fallback: fallback ?? null, meaning };
}

function need(entry: string, fail: Fail): Need {
	const [source, glob, each, ...rest] = fields(entry);
	if (!source || !glob?.startsWith(`${source}:`) || rest.length > 0) return fail(`"${entry}" is not a need`);
	if (each !== undefined && each !== "each") return fail(`"${entry}" is not a need`);
	return { source, glob, each: each === "each" };
}

function column(entry: string, fail: Fail): AnswerColumn {
	const [name, unit, meaning, ...rest] = fields(entry);
	if (!name || !unit || !meaning || rest.length > 0) return fail(`"${entry}" is not a column`);
	return { name, unit: unit === "-" ? null : unit, meaning };
}

/** Stands for the schedules of all streams: stream, and the columns of _schedule(). */
export const SCHEDULES = "schedules";

const placeholders = /\{([a-z]+)(?:\.([a-z]+))?\}/g;

/** The statement with every placeholder replaced. */
export const fill = (page: Sql, replacement: (name: string, part: string | null) => Sql): Sql =>
	filled(page, placeholders, (name, part) => replacement(name!, part ?? null));

function checkPlaceholders({ sql, parameters, needs }: Page, fail: Fail): void {
	const named = new Set([...parameters.map(({ name }) => name), ...needs.map(({ source }) => source)]);
	const used = new Set([...sql.matchAll(placeholders)].map(([, name]) => name!));
	for (const name of used)
		if (!named.has(name) && name !== SCHEDULES) fail(`{${name}} is neither a parameter nor needed`);
	for (const name of named) if (!used.has(name)) fail(`${name} is not used`);
}

/** Reads a file of the library, as `shipped` gives it; ends the program when it lacks a part of its page. */
export function parsePage(group: string, name: string, text: Sql): Page {
	const fail: Fail = (claim) => {
		assert(false, `queries/${group}/${name}.sql: ${claim}`);
		throw claim;
	};
	const trimmed = filled(text, /\s+$/g, () => sql``);
	const all = trimmed.split("\n");
	const end = all.findIndex((line) => !line.startsWith("--"));
	const [licence, question = "", ...lines] = all.slice(0, end).map((line) => line.replace(/^-- ?/, ""));
	if (end < 0 || licence !== LICENCE) fail("the licence comes first, a statement last");
	if (!/^[A-Z].*\?$/.test(question)) fail("the question is one line and ends with a question mark");
	const { head, entries } = partsOf(lines, fail);
	const of = (section: Section): string[] => entries.get(section) ?? [];
	const page: Page = {
		group,
		name,
		question,
		notes: head.join(" ").trim(),
		parameters: of("Parameters").map((entry) => parameter(entry, fail)),
		needs: of("Needs").map((entry) => need(entry, fail)),
		columns: of("Columns").map((entry) => column(entry, fail)),
		nothing: of("Nothing").join(" "),
		sql: after(trimmed, all.slice(0, end).join("\n").length + 1),
	};
	if (page.notes === "" || page.columns.length === 0 || of("Nothing").length !== 1) fail("its page lacks a part");
	checkPlaceholders(page, fail);
	return page;
}
