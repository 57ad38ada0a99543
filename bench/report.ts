// SPDX-License-Identifier: Apache-2.0
/** Prints figures as lines for a terminal and as a table in Markdown. */
import { type Figure, judge, ratio } from "./benchmark.js";
import { digits } from "./statistics.js";

const withUnit = (n: number, unit: string): string => (unit === "" ? digits(n) : `${digits(n)} ${unit}`);

export function goalText({ goal, unit }: Pick<Figure, "goal" | "unit">): string {
	if (!goal) return "";
	return "atLeast" in goal ? `at least ${withUnit(goal.atLeast, unit)}` : `at most ${withUnit(goal.atMost, unit)}`;
}

const HEADINGS = ["what", "reached", "asked", "verdict", "bare reference", "ratio"];

function cells(figure: Figure): string[] {
	const { what, value, unit, reference, note } = figure;
	const share = ratio(figure);
	return [
		note ? `${what} (${note})` : what,
		withUnit(value, unit),
		goalText(figure),
		judge(figure),
		reference ? `${reference.what}: ${withUnit(reference.value, unit)}` : "",
		share === null ? "" : digits(share),
	];
}

export function markdownTable(headings: readonly string[], rows: readonly (readonly string[])[]): string {
	const line = (row: readonly string[]): string => `| ${row.map((c) => c.replaceAll("|", "\\|")).join(" | ")} |`;
	return [line(headings), line(headings.map(() => "---")), ...rows.map(line)].join("\n");
}

export const figuresTable = (figures: readonly Figure[]): string => markdownTable(HEADINGS, figures.map(cells));

/** One line per figure, with the verdict first. */
export function figureLines(figures: readonly Figure[]): string[] {
	return figures.map((figure) => {
		const [what, reached, asked, verdict, reference, share] = cells(figure);
		const beside = reference ? `; ${reference}${share ? `, ratio ${share}` : ""}` : "";
		return `  ${(verdict || "-").padEnd(4)}  ${what}: ${reached}${asked ? `, asked ${asked}` : ""}${beside}`;
	});
}
