// SPDX-License-Identifier: Apache-2.0
/** Aligns columns of text. Cells are cleaned here, so that the widths are those of the text shown. */
import { clean } from "../base/clean.js";

export interface TableColumn {
	readonly title: string;
	readonly right?: boolean;
}

/** The lines of a table without trailing blanks. Columns are two blanks apart, numbers are aligned to the right. */
export function table(columns: readonly TableColumn[], rows: readonly (readonly string[])[], indent = ""): string[] {
	const all = [columns.map((column) => column.title), ...rows].map((row) => row.map(clean));
	const widths = columns.map((_, i) => all.reduce((width, row) => Math.max(width, row[i]!.length), 0));
	const cell = (text: string, i: number): string =>
		columns[i]!.right ? text.padStart(widths[i]!) : text.padEnd(widths[i]!);
	return all.map((row) => indent + row.map(cell).join("  ").trimEnd());
}
