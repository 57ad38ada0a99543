// SPDX-License-Identifier: Apache-2.0
/** The input of an export, made by hand: for values that no counter of this machine has. */
import type {
	ExportBlock,
	ExportColumn,
	ExportGap,
	ExportInput,
	ExportMark,
	ExportStream,
} from "../../export/input.js";
import { type Cells, whole } from "../../sampler/batch.js";

export interface Table {
	readonly stream: ExportStream;
	readonly ts: readonly bigint[];
	/** Values by column; null where a value could not be read. */
	readonly values: readonly (readonly (bigint | number | null)[])[];
}

export const column = (more: Partial<ExportColumn>): ExportColumn => ({
	name: "a_n",
	id: "s:a/n",
	source: "s",
	instance: "a",
	counter: "n",
	unit: "items",
	semantics: "counter",
	width: 64,
	type: "u64",
	help: "",
	as: "value",
	part: null,
	...more,
});

export const streamOf = (name: string, columns: readonly ExportColumn[], rows: number): ExportStream => ({
	name,
	source: name,
	period_ns: 1_000_000,
	paced_by: "sampler",
	columns,
	rows,
});

function columnRows({ type }: ExportColumn, values: readonly (bigint | number | null)[]): Cells {
	const validity = new Uint8Array(Math.ceil(values.length / 8));
	values.forEach((value, i) => {
		if (value !== null) validity[i >> 3]! |= 1 << (i & 7);
	});
	const present = values.every((value) => value !== null);
	const whole = (): bigint[] => values.map((value) => BigInt(value ?? 0));
	const typed = {
		u64: () => BigUint64Array.from(whole()),
		i64: () => BigInt64Array.from(whole()),
		f64: () => Float64Array.from(values, (value) => Number(value ?? 0)),
	};
	const nulls = values.filter((value) => value === null).length;
	return { values: typed[type](), validity: present ? null : validity, nulls, skip: 0 };
}

/** @param batch number of rows at a time */
export function inputOf(
	tables: readonly Table[],
	more: { gaps?: readonly ExportGap[]; marks?: readonly ExportMark[]; recording?: Record<string, string> } = {},
	batch = 7,
): ExportInput {
	const recording = { wall_offset_ns: "1700000000000000000", start_monotonic_ns: "1000", ...more.recording };
	return {
		recording: new Map(Object.entries(recording)),
		recordingJson: JSON.stringify(recording),
		started_ns: 1700000000000001000n,
		streams: tables.map(({ stream }) => stream),
		gaps: more.gaps ?? [],
		marks: more.marks ?? [],
		async *rows(stream: ExportStream): AsyncGenerator<ExportBlock> {
			const { ts, values } = tables.find((table) => table.stream === stream)!;
			for (let from = 0; from < ts.length; from += batch) {
				const times = ts.slice(from, from + batch);
				yield {
					stream,
					rows: times.length,
					columns: [
						whole(BigInt64Array.from(times)),
						whole(BigUint64Array.from(times, (_, i) => BigInt(from + i))),
						whole(new Uint32Array(times.length)),
						...stream.columns.map((c, i) => columnRows(c, values[i]!.slice(from, from + batch))),
					],
				};
			}
		},
		column(): never {
			throw new Error("timelines do not call this");
		},
	};
}

export async function bytesOf(pieces: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
	const all: Uint8Array[] = [];
	for await (const piece of pieces) all.push(Uint8Array.from(piece));
	return Buffer.concat(all);
}
