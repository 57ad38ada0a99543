// SPDX-License-Identifier: Apache-2.0
/** Shows one answer: on the screen as much of it as a person reads, or all of it in a format for machines. */
import { clean } from "../../base/clean.js";
import { formatCount, formatDuration } from "../../base/units.js";
import type { Answer } from "../../storage/session.js";
import type { Sql } from "../../storage/sql.js";
import { cell, isNumeric, isPlan, writerOf } from "../format.js";
import { table } from "../table.js";
import { type Cells, fit } from "./fit.js";
import type { Shell } from "./shell.js";

interface Shown {
	/** Number of rows that were read, shown or not. */
	readonly count: number;
	/** The answer was not read to its end. */
	readonly more: boolean;
}

interface Seen extends Shown {
	readonly rows: string[][];
}

/** The first rows, and their number as far as that costs nothing: reading stops after the chunk that shows that there
 *  are more. */
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

/** Puts each value on a line of its own, for rows that are wider than any screen. */
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

/** Writes the complete answer in the asked format. */
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

/** Whether a recorder gave the answer; only such answers have an age. */
export const isLive = ({ age_ns }: Answer): boolean => age_ns !== null && age_ns !== undefined;

/** Runs a statement and shows its answer. @returns the number of rows read, shown or not */
export async function ask(shell: Shell, asked: Sql): Promise<number> {
	const began = performance.now();
	let rows = 0;
	for await (const answer of shell.session.run(asked)) {
		shell.live = isLive(answer);
		const { count, more } = await show(answer, shell, began);
		rows += count;
		/* Stopping here tells the process that computes the rest to stop, too. */
		if (more) break;
	}
	return rows;
}
