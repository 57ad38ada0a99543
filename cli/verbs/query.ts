// SPDX-License-Identifier: Apache-2.0
/** countersink query: lists the named queries, shows the page of one, or asks it of a recording. */
import { Command, Option } from "commander";
import { usageError } from "../../base/errors.js";
import { type OpenRecording, open } from "../../library/open-recording.js";
import { checkGiven, type Given, readWords } from "../../library/query-values.js";
import { allPages, findPage, groups } from "../../queries/library.js";
import type { Page } from "../../queries/page.js";
import { addFormatFlags, addMemoryFlag, collect, type FormatFlags, formatOf, type MemoryFlags } from "../arguments.js";
import { pageLines } from "../query-page.js";
import { printJson, say, show } from "../streams.js";
import { clip, lineWidth, painter } from "../terminal.js";
import { printAnswers } from "./sql.js";

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

async function withRecording<T>(
	path: string,
	{ memory }: MemoryFlags,
	use: (recording: OpenRecording) => Promise<T>,
): Promise<T> {
	const recording = await open(path, { memory });
	try {
		for (const note of recording.notes) say(note);
		return await use(recording);
	} finally {
		await recording.close();
	}
}

async function answer(page: Page, path: string, given: Given, flags: QueryFlags): Promise<void> {
	const format = formatOf(flags);
	checkGiven(page, given);
	await withRecording(path, flags, async (recording) => {
		const rows = await printAnswers([await recording.readQuery(page, given)], format);
		if (rows === 0) say(`nothing found: ${page.nothing}`);
	});
}

async function explain(page: Page, path: string | undefined, given: Given, flags: QueryFlags): Promise<void> {
	const sql =
		path === undefined ? page.sql : await withRecording(path, flags, (recording) => recording.statementOf(page, given));
	show(pageLines(page, sql));
}

async function query(words: readonly string[], flags: QueryFlags): Promise<void> {
	const [name, ...rest] = words;
	if (name === undefined && (flags.format || flags.csv || flags.explain || flags.stream.length > 0))
		throw usageError("no query was given; name one of those that 'countersink query' lists");
	if (name === undefined) return (flags.json ? printJson : listPages)(allPages());
	const page = findPage(name);
	const { given, files } = readWords(page, rest);
	if (files.length > 1)
		throw usageError(`too many arguments: a query asks one recording, and here are ${files.join(", ")}`);
	const [file] = files;
	const chosen = { ...given, streams: [...flags.stream, ...given.streams] };
	if (flags.explain) return explain(page, file, chosen, flags);
	if (file === undefined)
		throw usageError(
			`query ${page.name} needs a recording; name one, as in countersink query ${page.name} run.duckdb, or read its page with --explain`,
		);
	return answer(page, file, chosen, flags);
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
