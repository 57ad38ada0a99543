// SPDX-License-Identifier: Apache-2.0
/** The law: what a run of the command line may do whatever file it was given. */
import type { Sandbox } from "./bait.js";
import { patience } from "./patience.js";
import type { Outcome } from "./verbs.js";

export interface Problem {
	/** One of a few words, by which problems are counted. */
	readonly kind: "signal" | "time" | "file" | "leak" | "terminal" | "status" | "internal" | "memory" | "talk";
	readonly what: string;
}

/** Of one run. */
export const LIMIT_MS = 10_000;

/** More than what looks at a file, or imports it, is allowed, with Node and DuckDB themselves. */
const MAX_RSS_KIB = 2_000_000;
const MAX_LINES = 100;
const MAX_LINE = 4000;

/** What a terminal acts on, and what turns the order of letters around; a line and a tab are meant. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const acts = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]/;

/** Whether people read the answer as it is; of the others each byte counts. */
const isForPeople = (words: readonly string[]): boolean =>
	!words.some((word) => ["--csv", "--json", "--unsafe"].includes(word)) &&
	!(words[0] === "export" && words.includes("-"));

const shown = (text: string): string => JSON.stringify(text.slice(0, 160));

function terminalOf(name: string, text: string): Problem[] {
	const found = acts.exec(text);
	return found
		? [{ kind: "terminal", what: `${name} has ${shown(text.slice(Math.max(0, found.index - 20), found.index + 20))}` }]
		: [];
}

/** @param limit_ms in which it must have ended on a quiet machine */
export function judge(words: readonly string[], outcome: Outcome, sandbox: Sandbox, limit_ms: number): Problem[] {
	const { status, signal, stdout, stderr, ms } = outcome;
	const problems: Problem[] = [];
	if (ms > patience(limit_ms)) problems.push({ kind: "time", what: `took ${(ms / 1000).toFixed(1)} s` });
	else if (signal !== null) problems.push({ kind: "signal", what: `was ended by ${signal}` });
	else if (![0, 1, 2, 3, 4].includes(status!))
		problems.push({ kind: "status", what: `ended with status ${status}: ${shown(stderr)}` });
	if (/internal error|^\s+at .*:\d+:\d+\)?$/m.test(stderr)) problems.push({ kind: "internal", what: shown(stderr) });
	const lines = stderr.split("\n");
	if (lines.length > MAX_LINES || lines.some((line) => line.length > MAX_LINE))
		problems.push({
			kind: "talk",
			what: `said ${lines.length} lines, the longest of ${Math.max(...lines.map((line) => line.length))} characters`,
		});
	problems.push(...terminalOf("stderr", stderr));
	if (isForPeople(words)) problems.push(...terminalOf("stdout", stdout));
	for (const leak of sandbox.leaks(`${stdout}${stderr}`)) problems.push({ kind: "leak", what: leak });
	return problems;
}

export const judgeMemory = (kib: number): Problem[] =>
	kib > MAX_RSS_KIB ? [{ kind: "memory", what: `took ${Math.round(kib / 1024)} MiB` }] : [];
