// SPDX-License-Identifier: Apache-2.0
/** Metadata of Arrow and Parquet, in which every value that countersink reads is an attack once. */
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { Field, RecordBatch, RecordBatchStreamWriter, Schema, tableFromIPC } from "apache-arrow";
import type { Sandbox } from "../bait.js";
import { base } from "../bases.js";
import { injections } from "../hostile-values.js";
import { type HostileImport, written } from "./hostile-import.js";

/** Keys that countersink reads from the schema (storage/arrow-stream.ts, export/metadata.ts), of the table and of a
 *  column; with a point: a member of a JSON object. */
export const tableKeys = [
	...[
		"stream",
		"source",
		"period_ns",
		"paced_by",
		"granted_ns",
		"recording",
		"stream_end",
		"gaps",
		"marks",
		"counters",
	],
	...[
		"countersink_version",
		"started_at_ns",
		"start_monotonic_ns",
		"wall_offset_ns",
		"requested_duration_ns",
		"events",
		"command",
		"host",
		"kernel",
		"cpus",
		"wait",
		"sampler_cpu",
		"realtime",
		"locked",
		"ended",
		"ended_at_ns",
		"detail",
		"command_status",
		"sampler_cpu_ns",
	].map((key) => `recording.${key}`),
	...[
		"ticks_scheduled",
		"rows_stored",
		"gap_ticks",
		"null_values",
		"achieved_p50_ns",
		"lateness_max_ns",
		"last_errno",
		"name",
	].map((key) => `stream_end.${key}`),
];

export const columnKeys = ["id", "source", "instance", "counter", "unit", "semantics", "width", "help"];

export type Metadata = ReadonlyMap<string, string>;

/** With one value changed. @param key as in tableKeys */
export function withKey(metadata: Metadata, key: string, value: unknown): Map<string, string> {
	const [outer, member] = key.split(".") as [string, string | undefined];
	const textOf = (v: unknown): string => (typeof v === "string" ? v : JSON.stringify(v));
	if (member === undefined) return new Map([...metadata, [outer, textOf(value)]]);
	const object = JSON.parse(metadata.get(outer) ?? "{}") as object;
	return new Map([...metadata, [outer, JSON.stringify({ ...object, [member]: value })]]);
}

type ChangeSchema = (schema: Schema) => Schema;

/** An Arrow stream with another schema over the same batches. */
export function withSchema(bytes: Uint8Array, change: ChangeSchema, last?: Map<string, string>): Buffer {
	const { schema, batches } = tableFromIPC(bytes);
	const changed = change(schema);
	const writer = new RecordBatchStreamWriter();
	for (const [i, batch] of batches.entries())
		writer.write(new RecordBatch(changed, batch.data, i === batches.length - 1 && last ? last : undefined));
	writer.finish();
	return Buffer.from(writer.toUint8Array(true));
}

const tableMetadata =
	(key: string, value: unknown): ChangeSchema =>
	({ fields, metadata }) =>
		new Schema(fields, withKey(metadata, key, value));

const columnMetadata =
	(key: string, value: string): ChangeSchema =>
	({ fields, metadata }) =>
		new Schema(
			fields.map((field) =>
				field.metadata.has("id")
					? new Field(field.name, field.type, field.nullable, new Map([...field.metadata, [key, value]]))
					: field,
			),
			metadata,
		);

/** What injections() gives that is closed by nothing, by a quote, and by a quoted name. */
const chosen = [0, 1, 3, 5, 6];

export function arrowMetadata(): HostileImport[] {
	const cases = (key: string, change: (value: string) => ChangeSchema): HostileImport[] =>
		chosen.map((i) => ({
			name: `arrow-${key}-${i}`,
			make: (sandbox) =>
				written(sandbox, "case.arrows", withSchema(base("ours.arrows"), change(injections(sandbox)[i]!))),
		}));
	return [
		...tableKeys.flatMap((key) => cases(key, (value) => tableMetadata(key, value))),
		...columnKeys.flatMap((key) => cases(`column-${key}`, (value) => columnMetadata(key, value))),
		...["0", "-1", "NaN", "1e400", "0.5", "18446744073709551616", ""].map(
			(period, i): HostileImport => ({
				name: `arrow-period-${i}`,
				make: (sandbox) =>
					written(sandbox, "case.arrows", withSchema(base("ours.arrows"), tableMetadata("period_ns", period))),
			}),
		),
	];
}

const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** The rows of our Parquet, with one value of its metadata changed. */
export async function parquetWith(path: string, change: (metadata: Metadata) => Metadata): Promise<void> {
	const instance = await DuckDBInstance.create(":memory:", { threads: "1" });
	const connection = await instance.connect();
	try {
		const from = literal(base.path("ours.parquet"));
		const rows = await connection.runAndReadAll(`SELECT decode(key), decode(value) FROM parquet_kv_metadata(${from})`);
		const changed = change(new Map(rows.getRows().map(([key, value]) => [String(key), String(value)])));
		const pairs = [...changed].map(([key, value]) => `${literal(key)}: ${literal(value)}`);
		await connection.run(
			`COPY (FROM read_parquet(${from})) TO ${literal(path)} (FORMAT parquet, KV_METADATA {${pairs.join(", ")}})`,
		);
	} finally {
		connection.closeSync();
		instance.closeSync();
	}
}

export const parquetMetadata = (): HostileImport[] =>
	tableKeys.flatMap((key) =>
		[0, 3].map((i) => ({
			name: `parquet-${key}-${i}`,
			async make(sandbox: Sandbox) {
				const path = join(sandbox.in, "case.parquet");
				await parquetWith(path, (metadata) => withKey(metadata, key, injections(sandbox)[i]!));
				return path;
			},
		})),
	);
