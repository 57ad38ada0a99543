// SPDX-License-Identifier: Apache-2.0
/** Writes Arrow IPC, as a file and as a stream. Names, types and metadata are those of a live stream (`record -o
 *  -`). */
import {
	type Data,
	Float64,
	Int64,
	makeData,
	RecordBatch,
	type Schema,
	Struct,
	TimestampNanosecond,
	Uint32,
	Uint64,
} from "apache-arrow";
import { arrowSchema } from "../encode/arrow-block.js";
import { IpcEncoder, IpcFileEncoder } from "../encode/ipc.js";
import type { CellType } from "../kernel/source.js";
import type { Format } from "./format.js";
import { gather } from "./gather.js";
import type { ColumnRows, ExportInput, ExportStream, Rows } from "./input.js";
import { aboutRecording } from "./metadata.js";
import type { Sink } from "./sink.js";

/** Values in one batch: 8 MB. A few batches are in memory at once. */
const BATCH_VALUES = 1 << 20;
const VECTOR = 2048;

/** Rows in one batch: whole vectors of DuckDB, and few enough that a narrow stream gives batches often. */
const batchRows = (columns: number): number =>
	Math.max(VECTOR, Math.min(32 * VECTOR, Math.floor(BATCH_VALUES / columns / VECTOR) * VECTOR));

function cells(type: CellType, { values, validity }: ColumnRows, length: number): Data {
	const nulls = validity ? { nullBitmap: validity } : { nullCount: 0 };
	if (type === "u64") return makeData({ type: new Uint64(), length, data: values as BigUint64Array, ...nulls });
	if (type === "i64") return makeData({ type: new Int64(), length, data: values as BigInt64Array, ...nulls });
	return makeData({ type: new Float64(), length, data: values as Float64Array, ...nulls });
}

function batchOf(schema: Schema, { stream, length, ts, tick, read_ns, columns }: Rows): RecordBatch {
	const children = [
		makeData({ type: new TimestampNanosecond(), length, nullCount: 0, data: ts }),
		makeData({ type: new Uint64(), length, nullCount: 0, data: tick }),
		makeData({ type: new Uint32(), length, nullCount: 0, data: read_ns }),
		...columns.map((column, i) => cells(stream.columns[i]!.type, column, length)),
	];
	return new RecordBatch(schema, makeData({ type: new Struct(schema.fields), length, children, nullCount: 0 }));
}

async function write(
	encoder: IpcEncoder | IpcFileEncoder,
	input: ExportInput,
	stream: ExportStream,
	sink: Sink,
): Promise<void> {
	const schema = arrowSchema(stream, aboutRecording(input, stream));
	await sink.write(encoder.begin(schema));
	for await (const rows of gather(stream, input.rows(stream), batchRows(stream.columns.length)))
		await sink.write(encoder.encode(batchOf(schema, rows)));
	await sink.write(encoder.conclude());
}

export const arrow: Format = {
	name: "arrow",
	extensions: ["arrow", "feather"],
	about: "Arrow IPC file",
	binary: true,
	perStream: true,
	pipes: true,
	write: (input, [stream], sink) => write(new IpcFileEncoder(), input, stream!, sink),
};

export const arrowStream: Format = {
	name: "arrows",
	extensions: ["arrows"],
	about: "Arrow IPC stream",
	binary: true,
	perStream: true,
	pipes: true,
	write: (input, [stream], sink) => write(new IpcEncoder(), input, stream!, sink),
};
