// SPDX-License-Identifier: Apache-2.0
/** CSV: a line of names, then a line per row; what could not be read is empty. */
import type { Format } from "./format.js";
import { writeLines } from "./lines.js";

/** As DuckDB, pandas and R read it. */
const odd = (n: number): string => (Number.isNaN(n) ? "NaN" : n > 0 ? "Infinity" : "-Infinity");

export const csv: Format = {
	name: "csv",
	extensions: ["csv"],
	about: "comma-separated values",
	binary: false,
	perStream: true,
	pipes: true,
	write(input, [stream], sink) {
		/* Column names are plain identifiers, which need no quotes. */
		const names = ["ts", "tick", "read_ns", ...stream!.columns.map(({ name }) => name)];
		const before = names.map((_, i) => (i ? "," : ""));
		return writeLines(input, stream!, sink, { head: `${names.join(",")}\n`, before, none: "", end: "\n", odd });
	},
};
