// SPDX-License-Identifier: Apache-2.0
/** Writes NDJSON: an object per row. Integers keep all their digits; JSON has no NaN and no infinity, which become
 *  null. */
import { toJson } from "../base/clean.js";
import type { Format } from "./format.js";
import { writeLines } from "./lines.js";

export const ndjson: Format = {
	name: "ndjson",
	extensions: ["ndjson", "jsonl"],
	about: "a JSON object per line",
	binary: false,
	perStream: true,
	pipes: true,
	write(input, [stream], sink) {
		const keys = stream!.columns.map(({ name }) => `,${toJson(name)}:`);
		const before = ['{"ts":"', '","tick":', ',"read_ns":', ...keys];
		return writeLines(input, stream!, sink, { head: "", before, none: "null", end: "}\n", odd: () => "null" });
	},
};
