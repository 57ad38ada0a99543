// SPDX-License-Identifier: Apache-2.0
/** Fits a table to the width of the screen. Numbers are shown whole or not at all, since a number that was cut is
 *  another number. */
import { clip } from "../terminal.js";

export interface Cells {
	readonly titles: readonly string[];
	/** For each column, whether it holds numbers. */
	readonly numeric: readonly boolean[];
	readonly rows: readonly (readonly string[])[];
}

export interface Fitted extends Cells {
	/** How many columns were left out, all in the middle. */
	readonly hidden: number;
}

const BETWEEN = 2;
/** Texts are not cut shorter than this to make room for all columns. */
const MIN_TEXT = 16;
/** Texts are cut to this length where columns are left out anyway. A timestamp has 29 characters. */
const ENOUGH = 30;
const DOTS = "...";

const total = (widths: readonly number[]): number => widths.reduce((sum, width) => sum + width + BETWEEN, -BETWEEN);

const naturalWidths = ({ titles, rows }: Cells): number[] =>
	titles.map((title, i) => rows.reduce((width, row) => Math.max(width, row[i]!.length), title.length));

/** Cuts the widest column of text again and again, until the table fits or no column can be cut. */
function narrow(natural: readonly number[], cells: Cells, width: number): number[] {
	const widths = [...natural];
	for (let excess = total(widths) - width; excess > 0; excess = total(widths) - width) {
		const texts = widths.flatMap((w, i) => (cells.numeric[i] || w <= MIN_TEXT ? [] : [{ w, i }]));
		if (texts.length === 0) return natural.map((w, i) => (cells.numeric[i] ? w : Math.min(w, ENOUGH)));
		texts.sort((a, b) => b.w - a.w);
		const [widest, next] = texts;
		widths[widest!.i] = Math.max(MIN_TEXT, widest!.w - excess, Math.min(next?.w ?? 0, widest!.w - 1));
	}
	return widths;
}

/** How many of the first and of the last columns fit, with dots between them; the first have priority. */
function ends(widths: readonly number[], width: number): [first: number, last: number] {
	let room = width - DOTS.length;
	let [first, last] = [0, 0];
	for (let turn = 0; first + last < widths.length; turn++) {
		const fromEnd = turn % 3 === 2;
		const taken = (fromEnd ? widths.at(-1 - last)! : widths[first]!) + BETWEEN;
		if (taken > room) break;
		room -= taken;
		if (fromEnd) last++;
		else first++;
	}
	return [Math.max(1, first), last];
}

function choose(cells: Cells, widths: readonly number[], width: number): Fitted {
	if (total(widths) <= width || widths.length < 2) return { ...cells, hidden: 0 };
	const [first, last] = ends(widths, width);
	const cut = <T>(list: readonly T[], dots: T): T[] => [
		...list.slice(0, first),
		dots,
		...list.slice(list.length - last),
	];
	return {
		titles: cut(cells.titles, DOTS),
		numeric: cut(cells.numeric, false),
		rows: cells.rows.map((row) => cut(row, DOTS)),
		hidden: widths.length - first - last,
	};
}

/** Cuts long texts first, then leaves out columns in the middle where that is not enough. */
export function fit(cells: Cells, width: number): Fitted {
	const widths = narrow(naturalWidths(cells), cells, width);
	const clipped = cells.rows.map((row) => row.map((text, i) => (cells.numeric[i] ? text : clip(text, widths[i]!))));
	return choose({ ...cells, rows: clipped }, widths, width);
}
