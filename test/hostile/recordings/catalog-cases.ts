// SPDX-License-Identifier: Apache-2.0
/** What else a catalog can hold: generated columns, checks, types, indexes, more or fewer tables than ours. */
import { type Bait, FALSE_ANSWER } from "../bait.js";
import { ESCAPES, injections } from "../hostile-values.js";
import { type HostileRecording, tables, text } from "./hostile-recording.js";

const again = (table: string, columns: string): string[] => [
	`ALTER TABLE ${table} RENAME TO hidden_${table}`,
	`CREATE TABLE ${table} (${columns})`,
	`INSERT INTO ${table} (ts, tick, read_ns) SELECT ts, tick, read_ns FROM hidden_${table}`,
];

const plain = "ts TIMESTAMP_NS, tick UBIGINT, read_ns UINTEGER";

export function catalogs(bait: Bait): HostileRecording[] {
	return [
		{
			name: "generated-column",
			sql: again("net", `${plain}, lo_rx_packets UBIGINT GENERATED ALWAYS AS (${FALSE_ANSWER}::UBIGINT) VIRTUAL`),
		},
		{
			name: "generated-column-fails",
			sql: again("net", `${plain}, lo_rx_packets UBIGINT GENERATED ALWAYS AS (error('x')) VIRTUAL`),
		},
		{
			name: "generated-column-is-big",
			sql: again("net", `${plain}, lo_rx_packets VARCHAR GENERATED ALWAYS AS (repeat('x', 100000000)) VIRTUAL`),
		},
		{
			name: "generated-column-reads-settings",
			sql: again(
				"net",
				`${plain}, lo_rx_packets VARCHAR GENERATED ALWAYS AS (current_setting('home_directory')) VIRTUAL`,
			),
		},
		{
			name: "default",
			sql: again("net", `${plain}, lo_rx_packets UBIGINT DEFAULT (nextval('s'))`).toSpliced(0, 0, "CREATE SEQUENCE s"),
		},
		{ name: "check", sql: again("net", `${plain}, lo_rx_packets UBIGINT CHECK (coalesce(lo_rx_packets, 0) < 5)`) },
		{ name: "user-type", sql: ["CREATE TYPE counted AS UBIGINT", ...again("net", `${plain}, lo_rx_packets counted`)] },
		{ name: "enum", sql: ["CREATE TYPE e AS ENUM ('a', 'b')", ...again("net", `${plain}, lo_rx_packets e`)] },
		{ name: "types-named-as-ours", sql: ['CREATE TYPE "UBIGINT" AS VARCHAR', "CREATE TYPE timestamp_ns AS VARCHAR"] },
		{ name: "unique-index", sql: ["CREATE UNIQUE INDEX i ON net(tick)", "CREATE INDEX j ON net((tick + 1))"] },
		{
			name: "primary-key",
			sql: again("net", `ts TIMESTAMP_NS, tick UBIGINT PRIMARY KEY, read_ns UINTEGER, lo_rx_packets UBIGINT`),
		},
		{
			name: "foreign-key",
			sql: ["CREATE TABLE other (a INTEGER PRIMARY KEY)", "CREATE TABLE referring (a INTEGER REFERENCES other(a))"],
		},
		{ name: "sequence", sql: ["CREATE SEQUENCE s START 9223372036854775807", "CREATE SEQUENCE recording_s"] },
		{
			name: "schemas",
			sql: [
				"CREATE SCHEMA memory_",
				"CREATE SCHEMA rec",
				"CREATE TABLE rec.recording (a INTEGER)",
				'CREATE SCHEMA "temp_"',
				"CREATE TABLE rec.streams AS SELECT 1",
			],
		},
		{
			name: "comments",
			sql: [`COMMENT ON TABLE net IS ${text(ESCAPES)}`, `COMMENT ON COLUMN net.tick IS ${text(injections(bait)[2]!)}`],
		},
		{ name: "two-thousand-tables", sql: Array.from({ length: 2000 }, (_, i) => `CREATE TABLE t${i} (a INTEGER)`) },
		{
			name: "five-thousand-columns",
			sql: [
				`CREATE OR REPLACE TABLE wide (${Array.from({ length: 5000 }, (_, i) => `c${i} UBIGINT`).join(", ")})`,
				"INSERT INTO streams SELECT * REPLACE ('wide' AS name) FROM streams LIMIT 1",
			],
		},
		{
			name: "deep-type",
			sql: [
				`CREATE TABLE deep (a ${"STRUCT(a ".repeat(200)}INTEGER${")".repeat(200)})`,
				"INSERT INTO streams SELECT * REPLACE ('deep' AS name) FROM streams LIMIT 1",
			],
		},
		{
			name: "hundred-thousand-streams",
			sql: [
				"INSERT INTO streams SELECT s.* REPLACE ('net' || range AS name) FROM streams s, range(100000) WHERE s.name = 'net'",
			],
		},
		{ name: "streams-that-are-not-there", sql: ["UPDATE streams SET name = 'nothing'"] },
		{ name: "stream-is-a-table-of-ours", sql: ["UPDATE streams SET name = 'recording'"] },
		{ name: "stream-is-a-function", sql: ["UPDATE streams SET name = 'duckdb_secrets()'"] },
		{
			name: "same-stream-twice",
			sql: ["INSERT INTO streams SELECT * FROM streams", "INSERT INTO counters SELECT * FROM counters"],
		},
		{ name: "two-rows-of-recording", sql: ["INSERT INTO recording SELECT * FROM recording"] },
		{ name: "no-rows", sql: ["DELETE FROM recording", "DELETE FROM streams"] },
		...Object.keys(tables).flatMap((table) => [
			{ name: `no-table-${table}`, sql: [`DROP TABLE IF EXISTS ${table} CASCADE`] },
			{ name: `columns-are-missing-${table}`, sql: [`CREATE OR REPLACE TABLE ${table} AS SELECT 1 AS a`] },
			{
				name: `a-column-more-${table}`,
				sql: [`ALTER TABLE ${table} ADD COLUMN more VARCHAR DEFAULT ${text(ESCAPES)}`],
			},
		]),
	];
}
