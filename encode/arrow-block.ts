// SPDX-License-Identifier: Apache-2.0
/** Makes an Arrow RecordBatch from a batch without copying: its buffers are those of the batch, and so the umem
 *  itself. This is a separate file, since loading Arrow takes 0.13 s of CPU that a recording into a file need
 *  not spend. */
import {
	type Data,
	type DataType,
	Field,
	Float64,
	Int64,
	makeData,
	RecordBatch,
	Schema,
	Struct,
	TimestampNanosecond,
	Uint32,
	Uint64,
} from "apache-arrow";
import type { CellType } from "../kernel/source.js";
import { type Block, type Cells, columnKeys, metadata, type StreamShape, streamKeys } from "../sampler/batch.js";

const cellTypes: Record<CellType, DataType> = { u64: new Uint64(), i64: new Int64(), f64: new Float64() };

/**
 * The schema of a stream: ts in nanoseconds since the epoch, tick, read_ns, then the counters by column name. Metadata
 * of a field: columnKeys. Metadata of the schema: `stream` (its name), streamKeys, and `about`.
 */
export function arrowSchema(stream: StreamShape, about: Iterable<readonly [string, string]> = []): Schema {
	return new Schema(
		[
			new Field("ts", new TimestampNanosecond(), false),
			new Field("tick", new Uint64(), false),
			new Field("read_ns", new Uint32(), false),
			...stream.columns.map(
				(column) => new Field(column.name, cellTypes[column.type], true, new Map(metadata(column, columnKeys))),
			),
		],
		new Map([["stream", stream.name], ...metadata(stream, streamKeys), ...about]),
	);
}

/** One column. In apache-arrow the offset applies only to the bitmap; the values start with the first row. */
function dataOf(type: DataType, { values, nulls, validity, skip }: Cells): Data {
	const nullBitmap = nulls > 0 ? validity : null;
	const props = { type: type as Uint64, length: values.length, data: values as BigUint64Array, nullCount: nulls };
	return nullBitmap ? makeData({ ...props, offset: skip, nullBitmap }) : makeData(props);
}

/** Copies the cells of a batch into their own memory. */
export const copied = ({ stream, rows, columns }: Block): Block => ({
	stream,
	rows,
	columns: columns.map(({ values, validity, nulls, skip }) => ({
		values: values.slice(),
		validity: validity === null ? null : validity.slice(0, Math.ceil((skip + rows) / 8)),
		nulls,
		skip,
	})),
});

/** Removes the buffers from a RecordBatch whose memory is about to be reused. Every value then reads as undefined. */
export function emptied(record: RecordBatch): void {
	for (const data of record.data.children) {
		const { values } = data as { values: BigUint64Array };
		Object.assign(data, { values: values.subarray(0, 0), nullBitmap: new Uint8Array() });
	}
}

/** Makes the RecordBatch, which is valid as long as the batch. It costs about 1.3 us a column for any number of rows.
 *  @param schema schema of its stream, from arrowSchema() */
export function recordOf({ rows: length, columns }: Block, schema: Schema): RecordBatch {
	const children = columns.map((cells, i) => dataOf(schema.fields[i]!.type, cells));
	return new RecordBatch(schema, makeData({ type: new Struct(schema.fields), length, children, nullCount: 0 }));
}

/** Makes the data of a RecordBatch without rows. */
export function noRows({ fields }: Schema): RecordBatch["data"] {
	const children = fields.map(({ type }) => makeData({ type, length: 0 }));
	return makeData({ type: new Struct(fields), length: 0, nullCount: 0, children });
}
