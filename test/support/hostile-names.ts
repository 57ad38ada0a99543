// SPDX-License-Identifier: Apache-2.0
/** A stranger's recording whose texts hold characters that a terminal obeys or that end a cell of CSV. Streams and
 *  columns have plain names, since a file with others is refused. */
import { makeRecording } from "./made.js";

/** Sets the title, colours the rest, turns it around, goes to the start of the line, ends the line. */
export const TITLE = "\x1b]0;owned\x07";
export const NASTY = `a${TITLE}\u009b31m\u202eb\rc\nd\u200b,"=`;

export const counterName = `rx${NASTY}`;
export const instance = `eth${NASTY}`;
export const id = `made:${instance}/${counterName}`;
export const host = `host${NASTY}`;
export const mark = `mark${NASTY}`;
export const help = `help${NASTY}`;
export const ROWS = 100;

/** @param ended null for a recording whose answers all come with a note */
export const makeHostile = (path: string, ended: "complete" | null = "complete"): Promise<void> =>
	makeRecording(
		path,
		[
			{
				name: "made",
				period_ns: 1_000_000,
				counters: [
					{ id, column: "rx", help },
					{ id: `made:${instance}/level`, semantics: "gauge", column: "level" },
				],
				rows: `SELECT t AS tick, t * t AS rx, t % 7 AS level FROM range(${ROWS}) r(t) WHERE t <> 50`,
			},
		],
		{
			host,
			ended,
			command: ["run", NASTY],
			events: [`made:${NASTY}`],
			marks: [{ at_ns: 5_000_000, name: mark, detail: NASTY }],
		},
	);

/** A recording whose stream has this name. It is refused unless the name is a plain one. */
export const makeNamed = (path: string, name: string): Promise<void> =>
	makeRecording(path, [
		{ name, period_ns: 1_000_000, counters: [{ id: "s:0/c" }], rows: [0, 1].map((tick) => ({ tick, values: [tick] })) },
	]);
