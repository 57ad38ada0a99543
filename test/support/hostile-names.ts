// SPDX-License-Identifier: Apache-2.0
/** A recording of a stranger whose names hold what a terminal obeys, a path goes by, and CSV ends a cell with. */
import { makeRecording } from "./made.js";

/** Sets the title, colours the rest, turns it around, goes to the beginning of the line, ends it. */
export const TITLE = "\x1b]0;owned\x07";
export const NASTY = `a${TITLE}\u009b31m\u202eb\rc\nd\u200b,"=`;

export const streamName = `../../x${NASTY}`;
export const columnName = `=col${NASTY}`;
export const counterName = `rx${NASTY}`;
export const instance = `eth${NASTY}`;
export const id = `made:${instance}/${counterName}`;
export const host = `host${NASTY}`;
export const mark = `mark${NASTY}`;
export const help = `help${NASTY}`;
export const ROWS = 100;

/** @param ended null: a note is said beside every answer */
export const makeHostile = (path: string, ended: "complete" | null = "complete"): Promise<void> =>
	makeRecording(
		path,
		[
			{
				name: streamName,
				source: "made",
				period_ns: 1_000_000,
				counters: [
					{ id, column: columnName, help },
					{ id: `made:${instance}/level`, semantics: "gauge", column: `-l${NASTY}` },
				],
				rows: `SELECT t AS tick, t * t AS "${columnName.replaceAll('"', '""')}", t % 7 AS "${`-l${NASTY}`.replaceAll('"', '""')}" FROM range(${ROWS}) r(t) WHERE t <> 50`,
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
