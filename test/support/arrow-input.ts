// SPDX-License-Identifier: Apache-2.0
/** Makes Arrow streams as strangers may write them: with any metadata, any types, any bytes. */
import {
	type Data,
	type DataType,
	Field,
	makeData,
	RecordBatch,
	RecordBatchFileWriter,
	RecordBatchStreamWriter,
	Schema,
	Struct,
	Table,
	TimestampMillisecond,
	TimestampNanosecond,
	Uint32,
	Uint64,
	type Vector,
	vectorFromArray,
} from "apache-arrow";

const START_NS = 1_790_000_000_000_000_000n;
const PERIOD_NS = 1_000_000n;

/** What a real stream of ours says of the recording. */
export const recording = {
	countersink_version: "0.1.0",
	started_at_ns: String(START_NS),
	start_monotonic_ns: "123456789",
	wall_offset_ns: "1789999999876543211",
	requested_duration_ns: "1000000000",
	events: ["net:*@1kHz"],
	command: null,
	host: "here",
	kernel: "6.1",
	cpus: 2,
	wait: "hybrid",
	sampler_cpu: 1,
	realtime: true,
	locked: true,
	ended: "complete",
	ended_at_ns: String(START_NS + 10n * PERIOD_NS),
	detail: null,
	command_status: 0,
	sampler_cpu_ns: "1000",
};

/** Metadata of a column of ours. */
export const counter = {
	id: "net:eth0/rx",
	source: "net",
	instance: "eth0",
	counter: "rx",
	unit: "packets",
	semantics: "counter",
	width: "64",
	help: "Received.",
};

/** Metadata of a stream of ours, as texts. */
export const table: Record<string, string> = {
	stream: "net",
	source: "net",
	period_ns: String(PERIOD_NS),
	paced_by: "sampler",
	recording: JSON.stringify(recording),
};

export const rows = 10;

const column = (type: DataType, values: unknown): Data =>
	makeData({ type: type as Uint64, length: rows, nullCount: 0, data: values as BigUint64Array });

/** A stream of 10 rows with this metadata. @param name name of the column of its only counter */
export function ours(
	said: Readonly<Record<string, string>> = {},
	of: Readonly<Record<string, string>> = {},
	name = "eth0_rx",
): Uint8Array {
	const all = new Map(Object.entries({ ...table, ...said }));
	const schema = new Schema(
		[
			new Field("ts", new TimestampNanosecond(), false),
			new Field("tick", new Uint64(), false),
			new Field("read_ns", new Uint32(), false),
			new Field(name, new Uint64(), true, new Map(Object.entries({ ...counter, ...of }))),
		],
		all,
	);
	const numbers = Array.from({ length: rows }, (_, i) => BigInt(i));
	const ts = BigInt64Array.from(numbers.map((n) => START_NS + n * PERIOD_NS));
	const children = [
		column(new TimestampNanosecond(), ts),
		column(new Uint64(), BigUint64Array.from(numbers)),
		column(new Uint32(), new Uint32Array(rows)),
		column(new Uint64(), BigUint64Array.from(numbers)),
	];
	const data = makeData({ type: new Struct(schema.fields), length: rows, nullCount: 0, children });
	return RecordBatchStreamWriter.writeAll([new RecordBatch(schema, data)] as never).toUint8Array(true);
}

/** A table of another tool: times one second apart, and these columns. */
export function foreign(columns: Readonly<Record<string, Vector>>, length: number, file = false): Uint8Array {
	const times = Array.from({ length }, (_, i) => 1_790_000_000_000 + 1000 * i);
	const whole = new Table({ time: vectorFromArray(times, new TimestampMillisecond()), ...columns } as never);
	const writer = file ? RecordBatchFileWriter : RecordBatchStreamWriter;
	return writer.writeAll(whole as never).toUint8Array(true);
}
