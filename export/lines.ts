// SPDX-License-Identifier: Apache-2.0
/** Writes a line per row. CSV and NDJSON differ only in the texts around the values. */

import { cellsOf, rowBytes, TextBuffer, Timestamps, wordsOf } from "../encode/number-text.js";
import { isValid, partsOf } from "../sampler/batch.js";
import type { Sink } from "./byte-sink.js";
import type { ExportBlock, ExportInput, ExportStream } from "./input.js";

export interface Texts {
	/** Text before all rows. */
	readonly head: string;
	/** Texts before ts, tick, read_ns and each counter. */
	readonly before: readonly string[];
	/** Text for a value that could not be read. */
	readonly none: string;
	readonly end: string;
	/** Text for a double that is not finite. */
	odd(n: number): string;
}

/** Writes all rows of a stream. */
export async function writeLines(
	input: ExportInput,
	stream: ExportStream,
	sink: Sink,
	{ head, before, none, end, odd }: Texts,
): Promise<void> {
	const [beforeTs, beforeTick, beforeRead, ...beforeCells] = before.map((text) => Buffer.from(text));
	const [noneBytes, endBytes] = [Buffer.from(none), Buffer.from(end)];
	const out = new TextBuffer(sink, rowBytes(before.length) + Buffer.byteLength(before.join("") + end));
	const timestamps = new Timestamps();
	const writeRows = async (block: ExportBlock): Promise<void> => {
		const { ts, tick, read_ns, counters } = partsOf(block);
		const [times, ticks] = [wordsOf(ts), wordsOf(tick)];
		const cells = counters.map((column, i) => cellsOf(stream.columns[i]!.type, column, odd));
		for (let row = 0; row < block.rows; row++) {
			if (out.full) await out.flush();
			out.bytes(beforeTs!);
			timestamps.put(out, times, ts, row);
			out.bytes(beforeTick!);
			out.u64(ticks, tick, row);
			out.bytes(beforeRead!);
			out.u32(read_ns[row]!);
			for (let i = 0; i < cells.length; i++) {
				out.bytes(beforeCells[i]!);
				if (isValid(counters[i]!, row)) cells[i]!(out, row);
				else out.bytes(noneBytes);
			}
			out.bytes(endBytes);
		}
	};
	await out.text(head);
	for await (const rows of input.rows(stream)) await writeRows(rows);
	await out.flush();
}
