// SPDX-License-Identifier: Apache-2.0
/** `.query`: asks a named query of the recording at hand. */
import { usageError } from "../../base/errors.js";
import { readWords } from "../../library/query-values.js";
import { allPages, findPage } from "../../queries/library.js";
import { table } from "../table.js";
import { clip } from "../terminal.js";
import { showAnswers } from "./answer.js";
import type { Shell } from "./shell.js";

/** Words as in a shell: separated by blanks, with quotes around a word that contains some. */
const wordsOf = (text: string): string[] =>
	[...text.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(([, single, double, plain]) => (single ?? double ?? plain)!);

function list(shell: Shell): void {
	const rows = allPages().map(({ name, question }) => [name, question]);
	for (const line of table([{ title: "query" }, { title: "question" }], rows)) shell.say(clip(line, shell.width()));
}

/** @param argument name of a query and its options, as countersink query takes them */
export async function query(shell: Shell, argument: string): Promise<void> {
	const [name, ...words] = wordsOf(argument);
	if (name === undefined) return list(shell);
	const page = findPage(name);
	const { given, files } = readWords(page, words);
	if (files.length > 0)
		throw usageError(`${page.name} is asked of the recording at hand; leave out ${files.join(" ")}`);
	const began = performance.now();
	const rows = await showAnswers(shell, [await shell.recording.readQuery(page, given)], began);
	if (rows === 0) shell.say(shell.paint("dim", `nothing found: ${page.nothing}`));
}
