// SPDX-License-Identifier: Apache-2.0
/** Writes sentences for people to standard error. They are safe for a terminal, wherever it leads. */
import { clean } from "./clean.js";

/** The longest line, in characters: a message that quotes a file may quote all of it. */
const MAX_LINE = 2000;

const bounded = (line: string): string =>
	line.length <= MAX_LINE ? line : `${line.slice(0, MAX_LINE)}... and ${line.length - MAX_LINE} more characters`;

/** Writes the lines. A line break within one of them is escaped. */
export const tell = (lines: readonly string[]): void => {
	process.stderr.write(lines.map((line) => `${bounded(clean(line))}\n`).join(""));
};

/** Indents the lines after the first. A message of DuckDB has several lines, the second of which may hold a caret;
 *  indented, none of them looks like a sentence of ours. Lines that are indented already are left as they are. */
function indented([first = "", ...rest]: readonly string[]): string[] {
	const stands = rest.every((line) => line === "" || line.startsWith("  "));
	return [first, ...(stands ? rest : rest.map((line) => (line === "" ? "" : `  ${line}`)))];
}

/** Says one sentence beside the answer. */
export const say = (sentence: string): void => tell(indented(`countersink: ${sentence}`.split("\n")));
