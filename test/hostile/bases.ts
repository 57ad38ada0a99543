// SPDX-License-Identifier: Apache-2.0
/** Small valid files of every format, from which the hostile ones are made: once a run, in a folder that all workers read. */
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import {
	Bool,
	type DataType,
	DateMillisecond,
	Dictionary,
	Field,
	Float64,
	Int32,
	List,
	makeData,
	RecordBatch,
	RecordBatchFileWriter,
	Schema,
	Struct,
	TimestampMillisecond,
	Utf8,
	type Vector,
	vectorFromArray,
} from "apache-arrow";
import { packageFile } from "../../base/paths.js";
import { makeRecording } from "../support/made.js";
import { inProcess } from "./verbs.js";

const ROWS = 200;

let folder = "";
const loaded = new Map<string, Buffer>();

/** One of them. */
export function base(name: string): Buffer {
	const bytes = loaded.get(name) ?? readFileSync(join(folder, name));
	loaded.set(name, bytes);
	return bytes;
}

base.path = (name: string): string => join(folder, name);

/** Where they are. */
base.in = (path: string): void => {
	folder = path;
};

const ticks = (step: number): number[] =>
	Array.from({ length: ROWS }, (_, i) => i * step).filter((tick) => tick % 50 !== 17);

async function makeRecordings(): Promise<void> {
	await makeRecording(
		base.path("base.duckdb"),
		[
			{
				period_ns: 1_000_000,
				counters: [
					{ id: "net:lo/rx_packets", unit: "packets" },
					{ id: "net:lo/rx_bytes", unit: "bytes" },
					{ id: "net:lo/wraps", width: 32 },
				],
				rows: ticks(1).map((tick) => ({ tick, values: [tick * 3, tick * 1500, (tick * 100_000_007) % 2 ** 32] })),
			},
			{
				period_ns: 10_000_000,
				counters: [
					{ id: "temp:0/celsius", semantics: "gauge", type: "f64" },
					{ id: "temp:0/balance", semantics: "gauge", type: "i64" },
				],
				rows: ticks(1).map((tick) => ({ tick, values: [tick % 7 === 0 ? null : tick / 7, -tick] })),
			},
		],
		{ marks: [{ at_ns: 1_000_000, name: "command_start", detail: "true" }], command: ["true"] },
	);
}

/** What a killed writer leaves: a log with rows, and with every kind of entry that a catalog has. */
async function makeLog(): Promise<void> {
	const path = base.path("open.duckdb");
	copyFileSync(base.path("base.duckdb"), path);
	const instance = await DuckDBInstance.create(path, { threads: "1", checkpoint_threshold: "1TB" });
	const connection = await instance.connect();
	for (const statement of [
		"INSERT INTO net SELECT * REPLACE (tick + 1000 AS tick) FROM net",
		"UPDATE net SET lo_rx_packets = 7 WHERE tick = 3",
		"DELETE FROM gaps WHERE first_tick > 100",
		"INSERT INTO gaps SELECT 'net', range, 1, 'late', make_timestamp_ns(range) FROM range(20)",
		"CREATE TABLE more (a UBIGINT, b VARCHAR[], c STRUCT(x INTEGER, y DOUBLE))",
		"INSERT INTO more SELECT range, ['x'], {x: 1, y: 2} FROM range(100)",
		"CREATE VIEW seen AS FROM more",
		"CREATE MACRO plus(a, b := 1) AS a + b",
		"CREATE TYPE kind AS ENUM ('a', 'b')",
		"CREATE SEQUENCE s",
		"CREATE SCHEMA another",
		"ALTER TABLE more ADD COLUMN d INTEGER DEFAULT 3",
		"ALTER TABLE more DROP COLUMN b",
		"CREATE INDEX i ON more(a)",
		"DROP VIEW seen",
		/* Its writer was killed, so there is something to recover. */
		"UPDATE recording SET ended = NULL, ended_at = NULL",
	])
		await connection.run(statement);
	copyFileSync(path, base.path("log.duckdb"));
	copyFileSync(`${path}.wal`, base.path("log.duckdb.wal"));
	connection.closeSync();
	instance.closeSync();
}

async function exportAs(name: string): Promise<void> {
	const outcome = await inProcess(["export", base.path("base.duckdb"), "--stream", "net", "-o", base.path(name)]);
	if (outcome.status !== 0) throw new Error(`the base ${name} cannot be made: ${outcome.stderr}`);
}

const numbers = (make: (i: number) => unknown): unknown[] => Array.from({ length: ROWS }, (_, i) => make(i));

/** Of every type that has offsets, children or a dictionary. */
function foreignArrow(): Buffer {
	const column = <T extends DataType>(type: T, make: (i: number) => unknown): Vector =>
		vectorFromArray(numbers(make), type);
	const columns: Record<string, Vector> = {
		time: column(new TimestampMillisecond(), (i) => 1_764_000_000_000 + i * 1000),
		rx: column(new Int32(), (i) => i),
		share: column(new Float64(), (i) => (i % 9 === 0 ? null : i / 9)),
		word: column(new Utf8(), (i) => `word ${i % 5}`),
		kind: column(new Dictionary(new Utf8(), new Int32()), (i) => ["a", "b", "c"][i % 3]),
		up: column(new Bool(), (i) => i % 2 === 0),
		day: column(new DateMillisecond(), (i) => new Date(i * 86_400_000)),
		list: column(new List(new Field("item", new Int32())), (i) => [i, i + 1]),
	};
	const fields = Object.entries(columns).map(([name, { type }]) => new Field(name, type, true));
	const struct = new Struct(fields);
	const data = makeData({
		type: struct,
		length: ROWS,
		nullCount: 0,
		children: Object.values(columns).map((vector) => vector.data[0]!),
	});
	const writer = new RecordBatchFileWriter();
	writer.write(new RecordBatch(new Schema(fields), data));
	writer.finish();
	return Buffer.from(writer.toUint8Array(true));
}

const foreignRow = (i: number): string =>
	`${new Date(1_764_000_000_000 + i * 1000).toISOString()},${i},${i / 3},word ${i % 4}`;

async function makeForeign(): Promise<void> {
	writeFileSync(base.path("foreign.csv"), `time,rx,share,word\n${numbers((i) => foreignRow(i)).join("\n")}\n`);
	writeFileSync(
		base.path("foreign.ndjson"),
		`${numbers((i) => JSON.stringify({ ts: 1_764_000_000 + i, a: i, b: { c: i / 3 }, d: [i] })).join("\n")}\n`,
	);
	writeFileSync(base.path("foreign.arrow"), foreignArrow());
	const instance = await DuckDBInstance.create(":memory:");
	const connection = await instance.connect();
	const rows = `SELECT make_timestamp(1764000000000000 + range * 1000000) AS time, range AS rx, range::DECIMAL(38, 4) AS money, range::HUGEINT AS huge,
		'word ' || range % 5 AS word, [range] AS list, {x: range} AS struct, range % 2 = 0 AS up FROM range(${ROWS})`;
	for (const codec of ["snappy", "zstd", "gzip", "uncompressed"])
		await connection.run(
			`COPY (${rows}) TO '${base.path(`foreign-${codec}.parquet`)}' (FORMAT parquet, COMPRESSION ${codec})`,
		);
	connection.closeSync();
	instance.closeSync();
}

async function makeBases(): Promise<void> {
	await makeRecordings();
	await makeLog();
	for (const extension of ["arrow", "arrows", "parquet", "csv", "ndjson"]) await exportAs(`ours.${extension}`);
	await makeForeign();
}

/* As a program: the command line that is run here takes standard output, which a process that runs tests needs itself. */
if (process.argv[1] === packageFile("dist/test/hostile/bases.js")) {
	base.in(process.argv[2]!);
	await makeBases();
}

/** Makes them, in a process of its own. */
export function make(path: string): void {
	base.in(path);
	mkdirSync(path, { recursive: true });
	execFileSync(process.execPath, [packageFile("dist/test/hostile/bases.js"), path], {
		stdio: ["ignore", "inherit", "inherit"],
	});
}
