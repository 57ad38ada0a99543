// SPDX-License-Identifier: Apache-2.0
/** countersink query: lists the named questions, shows the page of one, or asks it of a recording. */
import { Command, Option } from "commander";
import { usageError } from "../base/errors.js";
import { bind, checkGiven, type Given } from "../queries/bind.js";
import { allPages, findPage, groups } from "../queries/library.js";
import type { Page } from "../queries/page.js";
import type { Parameter } from "../queries/parameters.js";
import { openSession } from "../storage/open-session.js";
import { rowsOf, type Session } from "../storage/session.js";
import type { Sql } from "../storage/sql.js";
import { addFormatFlags, addMemoryFlag, collect, type FormatFlags, formatOf, type MemoryFlags } from "./arguments.js";
import { pageLines } from "./page.js";
import { printAnswers } from "./sql.js";
import { printJson, say, show } from "./streams.js";
import { clip, lineWidth, painter } from "./terminal.js";

interface QueryFlags extends FormatFlags, MemoryFlags {
	readonly explain?: boolean;
	readonly stream: readonly string[];
}

function listPages(pages: readonly Page[]): void {
	const paint = painter();
	const width = Math.max(...pages.map(({ name }) => name.length));
	for (const [group, title] of Object.entries(groups)) {
		show([paint("bold", title)]);
		for (const { name, question } of pages.filter((page) => page.group === group))
			show([clip(`  ${name.padEnd(width)}  ${question}`, lineWidth())]);
	}
	show(["", "countersink query NAME --explain: its page; countersink query NAME FILE: ask it"]);
}

async function withSession<T>(path: string, limits: MemoryFlags, use: (session: Session) => Promise<T>): Promise<T> {
	const session = await openSession([path], limits);
	try {
		for (const note of session.notes) say(note);
		return await use(session);
	} finally {
		await session.close();
	}
}

const bound = (page: Page, session: Session, given: Given): Promise<Sql> =>
	bind(page, { path: session.paths[0]!, rows: (asked) => rowsOf(session, asked) }, given);

async function ask(page: Page, path: string, given: Given, flags: QueryFlags): Promise<void> {
	const format = formatOf(flags);
	checkGiven(page, given);
	await withSession(path, flags, async (session) => {
		const rows = await printAnswers(session, await bound(page, session, given), format);
		if (rows === 0) say(`nothing found: ${page.nothing}`);
	});
}

async function explain(page: Page, path: string | undefined, given: Given, flags: QueryFlags): Promise<void> {
	const sql = path === undefined ? page.sql : await withSession(path, flags, (session) => bound(page, session, given));
	show(pageLines(page, sql));
}

/** Refuses a second value; the last one would otherwise silently replace the first. */
const once =
	({ name, type }: Parameter) =>
	(value: string, before: string | undefined): string => {
		if (before === undefined) return value;
		const both = type === "counters" ? `one pattern for both, as in --${name} '{${before},${value}}'` : "one of them";
		throw usageError(`--${name} is given twice; give ${both}`);
	};

/** The command of one query. Its options are known once its name is. */
function pageCommand(page: Page, flags: QueryFlags, outer: Command): Command {
	const command = new Command(page.name).copyInheritedSettings(outer).argument("[file]").helpOption(false);
	for (const parameter of page.parameters) {
		const { name, type, meaning } = parameter;
		if (type !== "stream") command.option(`--${name} <${type}>`, meaning, once(parameter));
	}
	return command.action(async (file: string | undefined, parameters: Given["parameters"]) => {
		const given = { parameters, streams: flags.stream };
		if (flags.explain) return explain(page, file, given, flags);
		if (file === undefined)
			throw usageError(
				`query ${page.name} needs a recording; name one, as in countersink query ${page.name} run.duckdb, or read its page with --explain`,
			);
		return ask(page, file, given, flags);
	});
}

async function query(words: readonly string[], flags: QueryFlags, outer: Command): Promise<void> {
	const [name, ...rest] = words;
	if (name === undefined && (flags.format || flags.csv || flags.explain || flags.stream.length > 0))
		throw usageError("no query was given; name one of those that 'countersink query' lists");
	if (name === undefined) return (flags.json ? printJson : listPages)(allPages());
	await pageCommand(findPage(name), flags, outer).parseAsync(rest, { from: "user" });
}

export function queryCommand(): Command {
	const command = new Command("query")
		.argument("[words...]", "name of the query, the recording, and --PARAMETER VALUE")
		.usage("[options] [name] [file] [--PARAMETER VALUE...]")
		.allowUnknownOption();
	return addMemoryFlag(addFormatFlags(command, "; without a name: every page"))
		.addOption(
			new Option(
				"--explain",
				"print the page of the query: parameters, columns, SQL; with a file the SQL as it runs there",
			).conflicts(["format", "json", "csv"]),
		)
		.option("--stream <name>", "use this stream where several have the counters", collect, [])
		.addHelpText(
			"after",
			`
Examples:
  countersink query
  countersink query drops --explain
  countersink query drops run.duckdb --merge 100ms
  countersink query moved run.duckdb --stream net --csv`,
		)
		.action(query);
}
