// SPDX-License-Identifier: Apache-2.0
/** Writes CSV: a line of names, then one line per row. A value that could not be read is empty. */
import { asText, quoted } from "../base/csv-cell.js";
import type { Format } from "./format.js";
import { writeLines } from "./lines.js";

/** Numbers that are not finite, as DuckDB, pandas and R read them. */
const odd = (n: number): string => (Number.isNaN(n) ? "NaN" : n > 0 ? "Infinity" : "-Infinity");

/** @param nameOf gives the name of a column in the first line */
const csvWith = (nameOf: (name: string) => string): Format => ({
	name: "csv",
	extensions: ["csv"],
	about: "comma-separated values",
	binary: false,
	perStream: true,
	pipes: true,
	write(input, [stream], sink) {
		const names = ["ts", "tick", "read_ns", ...stream!.columns.map(({ name }) => nameOf(name))];
		const before = names.map((_, i) => (i ? "," : ""));
		const head = `${names.map(quoted).join(",")}\n`;
		return writeLines(input, stream!, sink, { head, before, none: "", end: "\n", odd });
	},
});

export const csv = csvWith((name) => name);

/** CSV for a spreadsheet, which would take a name that starts with "=" for a formula. All other cells are times and
 *  numbers. */
export const spreadsheet = csvWith(asText);
