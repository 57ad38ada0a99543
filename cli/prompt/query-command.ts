// SPDX-License-Identifier: Apache-2.0
/** The named questions, asked of the recording at hand. */

import { bind, type Given } from "../../ask/bind.js";
import { rowsOf } from "../../ask/session.js";
import { usageError } from "../../base/errors.js";
import { allPages, findPage } from "../../queries/library.js";
import type { Page } from "../../queries/page.js";
import type { Sql } from "../../storage/sql.js";
import { table } from "../table.js";
import { clip } from "../terminal.js";
import { ask } from "./answer.js";
import type { Shell } from "./shell.js";

/** Words as in a shell: blanks between them, quotes around those that have some. */
const wordsOf = (text: string): string[] =>
	[...text.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(([, single, double, plain]) => (single ?? double ?? plain)!);

function optionsOf(page: Page): string[] {
	const own = page.parameters.filter(({ type }) => type !== "stream").map(({ name }) => name);
	return [...new Set([...own, "stream"])];
}

function givenOf(page: Page, words: readonly string[]): Given {
	const parameters: Record<string, string> = {};
	const streams: string[] = [];
	const options = optionsOf(page);
	for (let i = 0; i < words.length; i += 2) {
		const [flag, value] = [words[i]!, words[i + 1]];
		const name = flag.replace(/^--/, "");
		if (!flag.startsWith("--") || !options.includes(name) || value === undefined)
			throw usageError(
				`${page.name} takes ${options.map((option) => `--${option} ${option === "stream" ? "NAME" : "VALUE"}`).join(", ")}; it does not take ${flag}${value === undefined ? " alone" : ""}`,
			);
		if (name === "stream") streams.push(value);
		else parameters[name] = value;
	}
	return { parameters, streams };
}

function list(shell: Shell): void {
	const rows = allPages().map(({ name, question }) => [name, question]);
	for (const line of table([{ title: "query" }, { title: "question" }], rows)) shell.say(clip(line, shell.width()));
}

/** @param argument name of a query and its options, as countersink query takes them */
export async function query(shell: Shell, argument: string): Promise<void> {
	const [name, ...words] = wordsOf(argument);
	if (name === undefined) return list(shell);
	const page = findPage(name);
	const { session } = shell;
	const recording = { path: session.paths[0]!, rows: (asked: Sql) => rowsOf(session, asked) };
	const rows = await ask(shell, await bind(page, recording, givenOf(page, words)));
	if (rows === 0) shell.say(shell.paint("dim", `nothing found: ${page.nothing}`));
}
