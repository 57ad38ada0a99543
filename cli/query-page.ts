// SPDX-License-Identifier: Apache-2.0
/** Formats the page of a named query for a terminal. */
import type { Page } from "../queries/page.js";
import { type Parameter, parameterTypes } from "../queries/query-parameters.js";
import { type TableColumn, table } from "./table.js";
import { lineWidth, wrap } from "./terminal.js";

const WIDEST = 100;
const INDENT = "  ";

/** A table with its last column wrapped, so that it fits the width. */
function wrappedTable(titles: readonly string[], rows: readonly (readonly string[])[], width: number): string[] {
	const columns: TableColumn[] = titles.map((title) => ({ title }));
	const narrow = rows.map((row) => row.slice(0, -1));
	const taken = table(columns.slice(0, -1), narrow).reduce((max, line) => Math.max(max, line.length), 0);
	const lines = rows.flatMap((row) =>
		wrap(row.at(-1)!, width - INDENT.length - taken - 2).map((line, i) =>
			i === 0 ? [...row.slice(0, -1), line] : [...row.slice(0, -1).map(() => ""), line],
		),
	);
	return table(columns, lines, INDENT);
}

const fallbackOf = ({ fallback, type }: Parameter): string =>
	fallback !== null ? `default: ${fallback}` : type === "stream" ? "default: the only one" : "must be given";

const option = ({ name, type }: Parameter): string => `--${name} <${type}>`;

function usage({ name, parameters }: Page): string {
	const required = parameters.filter(({ fallback, type }) => fallback === null && type !== "stream");
	return `countersink query ${[name, "<file>", ...required.map(option)].join(" ")}`;
}

function parameterLines({ parameters }: Page, width: number): string[] {
	if (parameters.length === 0) return [];
	const rows = parameters.map((p) => [option(p), `${p.meaning}; ${parameterTypes[p.type]} (${fallbackOf(p)})`]);
	return [...wrappedTable(["option", "meaning"], rows, width), ""];
}

function needLines({ needs }: Page): string[] {
	if (needs.length === 0) return [];
	return [`Record: countersink record ${needs.map(({ glob }) => `-e '${glob}'`).join(" ")}`, ""];
}

/** @param sql the statement, with its placeholders or as it is run on a recording */
export function pageLines(page: Page, sql: string): string[] {
	const width = Math.min(WIDEST, lineWidth());
	const columns = page.columns.map(({ name, unit, meaning }) => [name, unit ?? "", meaning]);
	return [
		...wrap(page.question, width),
		"",
		...wrap(page.notes, width),
		"",
		`Usage: ${usage(page)}`,
		...needLines(page),
		...(page.needs.length === 0 ? [""] : []),
		...parameterLines(page, width),
		...wrappedTable(["column", "unit", "meaning"], columns, width),
		"",
		...wrap(`No rows: ${page.nothing}.`, width),
		"",
		/* A tab is a control character, and its width depends on the terminal. */
		...sql.replaceAll("\t", INDENT).split("\n"),
	];
}
