// SPDX-License-Identifier: Apache-2.0
/** NDJSON: an object per row. Integers keep all their digits; JSON has no NaN and no infinity, which become null. */
import type { Format } from "./format.js";
import type { ExportStream, Rows } from "./input.js";
import { cellsOf, isValid, rowBytes, TextBuffer, Timestamps, wordsOf } from "./text.js";

const key = (name: string, before: string): Uint8Array => Buffer.from(`${before}${JSON.stringify(name)}:`);
const odd = (): string => "null";
const END = Buffer.from("}\n");
const NULL = Buffer.from("null");
const TS = Buffer.from('{"ts":"');
const TICK = Buffer.from('","tick":');
const READ_NS = key("read_ns", ",");

async function writeRows(out: TextBuffer, rows: Rows, keys: readonly Uint8Array[], times: Timestamps): Promise<void> {
	const { ts, tick, read_ns, columns, length, stream } = rows;
	const [timeWords, tickWords] = [wordsOf(ts), wordsOf(tick)];
	const cells = columns.map((column, i) => cellsOf(stream.columns[i]!.type, column, odd));
	for (let row = 0; row < length; row++) {
		if (out.full) await out.flush();
		out.bytes(TS);
		times.put(out, timeWords, ts, row);
		out.bytes(TICK);
		out.u64(tickWords, tick, row);
		out.bytes(READ_NS);
		out.u32(read_ns[row]!);
		for (let i = 0; i < cells.length; i++) {
			out.bytes(keys[i]!);
			if (isValid(columns[i]!.validity, row)) cells[i]!(out, row);
			else out.bytes(NULL);
		}
		out.bytes(END);
	}
}

const keysOf = ({ columns }: ExportStream): Uint8Array[] => columns.map(({ name }) => key(name, ","));

export const ndjson: Format = {
	name: "ndjson",
	extensions: ["ndjson", "jsonl"],
	about: "a JSON object per line",
	binary: false,
	perStream: true,
	pipes: true,
	async write(input, [stream], sink) {
		const keys = keysOf(stream!);
		const names = keys.reduce((sum, { length }) => sum + length, 32);
		const out = new TextBuffer(sink, rowBytes(keys.length + 3) + names);
		const timestamps = new Timestamps();
		for await (const rows of input.rows(stream!)) await writeRows(out, rows, keys, timestamps);
		await out.flush();
	},
};
