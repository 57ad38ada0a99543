// SPDX-License-Identifier: Apache-2.0
/** Standard error: sentences for people, safe for a terminal wherever it leads. */
import { clean } from "./clean.js";

/** Lines as they are; a line break within one is none. */
export const tell = (lines: readonly string[]): void => {
	process.stderr.write(lines.map((line) => `${clean(line)}\n`).join(""));
};

/** What DuckDB says has lines of its own, on the second of which a caret may stand. Indented, none of them looks like a sentence of ours. */
const indented = (line: string, i: number): string => (i === 0 || line === "" ? line : `  ${line}`);

/** A sentence beside the answer. */
export const say = (sentence: string): void => tell(`countersink: ${sentence}`.split("\n").map(indented));
