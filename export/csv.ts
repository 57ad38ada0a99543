// SPDX-License-Identifier: Apache-2.0
/** CSV: a line of names, then a line per row; what could not be read is empty. */
import type { Format } from "./format.js";
import type { Rows } from "./input.js";
import { cellsOf, isValid, rowBytes, TextBuffer, Timestamps, wordsOf } from "./text.js";

const COMMA = 44;
const NEWLINE = 10;

/** A double that is no finite number, as DuckDB, pandas and R read it. */
const odd = (n: number): string => (Number.isNaN(n) ? "NaN" : n > 0 ? "Infinity" : "-Infinity");

async function writeRows(out: TextBuffer, rows: Rows, timestamps: Timestamps): Promise<void> {
	const { ts, tick, read_ns, columns, length, stream } = rows;
	const [times, ticks] = [wordsOf(ts), wordsOf(tick)];
	const cells = columns.map((column, i) => cellsOf(stream.columns[i]!.type, column, odd));
	for (let row = 0; row < length; row++) {
		if (out.full) await out.flush();
		timestamps.put(out, times, ts, row);
		out.byte(COMMA);
		out.u64(ticks, tick, row);
		out.byte(COMMA);
		out.u32(read_ns[row]!);
		for (let i = 0; i < cells.length; i++) {
			out.byte(COMMA);
			if (isValid(columns[i]!.validity, row)) cells[i]!(out, row);
		}
		out.byte(NEWLINE);
	}
}

export const csv: Format = {
	name: "csv",
	extensions: ["csv"],
	about: "comma-separated values",
	binary: false,
	perStream: true,
	pipes: true,
	async write(input, [stream], sink) {
		const out = new TextBuffer(sink, rowBytes(stream!.columns.length + 3));
		/* Column names are plain identifiers, which need no quotes. */
		await out.text(`${["ts", "tick", "read_ns", ...stream!.columns.map(({ name }) => name)].join(",")}\n`);
		const timestamps = new Timestamps();
		for await (const rows of input.rows(stream!)) await writeRows(out, rows, timestamps);
		await out.flush();
	},
};
