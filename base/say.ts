// SPDX-License-Identifier: Apache-2.0
/** Standard error: sentences for people, safe for a terminal wherever it leads. */
import { clean } from "./clean.js";

/** Characters of one line: what quotes a file may quote all of it. */
const MAX_LINE = 2000;

const bounded = (line: string): string =>
	line.length <= MAX_LINE ? line : `${line.slice(0, MAX_LINE)}... and ${line.length - MAX_LINE} more characters`;

/** Lines as they are; a line break within one is none. */
export const tell = (lines: readonly string[]): void => {
	process.stderr.write(lines.map((line) => `${bounded(clean(line))}\n`).join(""));
};

/** What DuckDB says has lines of its own, on the second of which a caret may stand: all are indented, so that none looks like a sentence
 *  of ours. Lines that stand under ours already do are left as they are. */
function indented([first = "", ...rest]: readonly string[]): string[] {
	const stands = rest.every((line) => line === "" || line.startsWith("  "));
	return [first, ...(stands ? rest : rest.map((line) => (line === "" ? "" : `  ${line}`)))];
}

/** A sentence beside the answer. */
export const say = (sentence: string): void => tell(indented(`countersink: ${sentence}`.split("\n")));
