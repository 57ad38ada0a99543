// SPDX-License-Identifier: Apache-2.0
/** Shows an answer: on the screen as many rows as a person reads, otherwise all of them in a format for programs. */

import { clean } from "../../base/clean.js";
import { formatCount, formatDuration } from "../../base/units.js";
import type { StreamedAnswer as Answer } from "../../library/open-recording.js";
import type { Sql } from "../../storage/sql.js";
import { cell, isNumeric, isPlan, writerOf } from "../answer-format.js";
import { table } from "../table.js";
import { type Cells, fit } from "./fit.js";
import type { Shell } from "./shell.js";

interface Shown {
	/** Rows that were received, shown or not. */
	readonly count: number;
	/** The answer was not read to its end. */
	readonly more: boolean;
}

interface Seen extends Shown {
	readonly rows: string[][];
}

/** Reads the first rows, and counts the rest as long as that costs nothing: it stops at the first chunk after those
 *  that are shown. */
async function head({ chunks }: Answer, limit: number): Promise<Seen> {
	const rows: string[][] = [];
	let count = 0;
	for await (const chunk of chunks) {
		if (rows.length === limit && count > limit) return { rows, count, more: true };
		for (const row of chunk.slice(0, limit - rows.length)) rows.push(row.map(cell));
		count += chunk.length;
	}
	return { rows, count, more: false };
}

function rowWords({ rows, count, more }: Seen): string {
	if (more) return `more than ${formatCount(count, "row")} (${rows.length} shown)`;
	return formatCount(count, "row") + (rows.length < count ? ` (${rows.length} shown)` : "");
}

/** @param began value of performance.now() when the statement was sent */
function footer(shell: Shell, words: readonly string[], began: number): void {
	const time = shell.timer ? [formatDuration(Math.round((performance.now() - began) * 1e6))] : [];
	shell.say(shell.paint("dim", [...words, ...time].join(", ")));
}

function tableLines(cells: Cells, shell: Shell): { lines: string[]; words: string[] } {
	const fitted = fit(cells, shell.width());
	const columns = fitted.titles.map((title, i) => ({ title, right: fitted.numeric[i]! }));
	const [titles, ...rows] = table(columns, fitted.rows);
	const columnWords = `${cells.titles.length} columns (${cells.titles.length - fitted.hidden} shown)`;
	return { lines: [shell.paint("bold", titles!), ...rows], words: fitted.hidden > 0 ? [columnWords] : [] };
}

/** Each value on a line of its own, for rows that are wider than any screen. */
function lineLines({ titles, rows }: Cells, shell: Shell): string[] {
	const width = Math.max(...titles.map((title) => title.length));
	const record = (row: readonly string[], n: number): string[] => [
		...(rows.length > 1 ? [shell.paint("dim", `row ${formatCount(n + 1)}`)] : []),
		...row.map((text, i) => `${shell.paint("bold", titles[i]!.padStart(width))}  ${text}`),
	];
	return rows.flatMap(record);
}

async function onScreen(answer: Answer, shell: Shell, began: number): Promise<Shown> {
	const seen = await head(answer, shell.rows);
	const cells = {
		titles: answer.columns.map(({ name }) => clean(name)),
		numeric: answer.columns.map(isNumeric),
		rows: seen.rows,
	};
	const { lines, words } =
		shell.mode === "line" ? { lines: lineLines(cells, shell), words: [] } : tableLines(cells, shell);
	for (const line of lines) shell.say(line);
	footer(shell, [rowWords(seen), ...words], began);
	return seen;
}

async function* counted(answer: Answer, count: (rows: number) => void): Answer["chunks"] {
	for await (const chunk of answer.chunks) {
		count(chunk.length);
		yield chunk;
	}
}

/** Writes all rows in the format that was chosen. */
async function whole(answer: Answer, shell: Shell, began: number): Promise<Shown> {
	let rows = 0;
	const format = shell.mode === "line" ? "table" : shell.mode;
	const chunks = counted(answer, (n) => {
		rows += n;
	});
	await writerOf(format, (bytes) => shell.write(bytes))(answer.columns, chunks);
	if (shell.output) footer(shell, [`${formatCount(rows, "row")} to ${shell.output.path}`], began);
	return { count: rows, more: false };
}

function show(answer: Answer, shell: Shell, began: number): Promise<Shown> {
	const forPeople = shell.mode === "table" || shell.mode === "line";
	return (forPeople && !shell.output && !isPlan(answer.columns) ? onScreen : whole)(answer, shell, began);
}

/** Only the answer of a recorder has an age. */
export const isLive = ({ age_ns }: Answer): boolean => age_ns !== null && age_ns !== undefined;

/** Runs statements and shows their answers. @returns the rows that were seen, shown or not */
export const ask = (shell: Shell, asked: Sql): Promise<number> =>
	showAnswers(shell, shell.recording.run(asked), performance.now());

/** @param began performance.now() when they were asked for  @returns the rows that were seen, shown or not */
export async function showAnswers(
	shell: Shell,
	answers: AsyncIterable<Answer> | readonly Answer[],
	began: number,
): Promise<number> {
	let rows = 0;
	for await (const answer of answers) {
		shell.live = isLive(answer);
		const { count, more } = await show(answer, shell, began);
		rows += count;
		/* The rest is not computed. */
		if (more) break;
	}
	return rows;
}
