// SPDX-License-Identifier: Apache-2.0
/**
 * Judges a recording of the synthetic source with plain SQL and without our reading code. This shows that the recording
 * is what schema.sql says to anyone who has DuckDB.
 */
import assert from "node:assert/strict";
import { copyFileSync } from "node:fs";
import { type DuckDBBlobValue, type DuckDBConnection, DuckDBInstance, type DuckDBValue } from "@duckdb/node-api";
import { syntheticCounters, valueAt } from "./synthetic.js";

type Row = Record<string, DuckDBValue>;

export class File {
	readonly #instance: DuckDBInstance;
	readonly #connection: DuckDBConnection;

	private constructor(instance: DuckDBInstance, connection: DuckDBConnection) {
		this.#instance = instance;
		this.#connection = connection;
	}

	static async open(path: string, access_mode: "READ_ONLY" | "READ_WRITE" = "READ_ONLY"): Promise<File> {
		const instance = await DuckDBInstance.create(path, { access_mode, threads: "1" });
		const file = new File(instance, await instance.connect());
		if ((await file.number("SELECT count(*) FROM duckdb_tables() WHERE table_name = 'tail'")) > 0)
			await file.#addTail();
		return file;
	}

	/** Rows that the recorder had not moved from the tail into their table, decoded as schema.sql and storage/tail.ts
	 *  draw them: a temporary table takes the place of the one that lacks them. */
	async #addTail(): Promise<void> {
		const copied = new Set<string>();
		for (const { stream, rows, cells } of await this.rows("SELECT stream, rows, cells FROM tail ORDER BY rowid")) {
			const counters = await this.rows(`SELECT type FROM counters WHERE stream = '${stream}' ORDER BY rowid`);
			if (!copied.has(String(stream))) await this.#connection.run(`CREATE TEMP TABLE ${stream} AS FROM ${stream}`);
			copied.add(String(stream));
			const { buffer, byteOffset, byteLength } = (cells as DuckDBBlobValue).bytes;
			const view = new DataView(buffer, byteOffset, byteLength);
			const n = Number(rows);
			const types = ["i64", "u64", "u64", ...counters.map(({ type }) => String(type))];
			const bitmaps = 8 * n * types.length;
			const valid = (column: number, row: number): boolean =>
				byteLength === bitmaps ||
				((view.getUint8(bitmaps + (column - 3) * Math.ceil(n / 8) + (row >> 3)) >> (row & 7)) & 1) === 1;
			const cell = (column: number, row: number): string => {
				if (column >= 3 && !valid(column, row)) return "NULL";
				const at = 8 * (column * n + row);
				const value =
					types[column] === "f64"
						? `${view.getFloat64(at, true)}::DOUBLE`
						: String(types[column] === "i64" ? view.getBigInt64(at, true) : view.getBigUint64(at, true));
				return column === 0 ? `make_timestamp_ns(${value})` : value;
			};
			for (let row = 0; row < n; row++)
				await this.#connection.run(
					`INSERT INTO temp.${stream} VALUES (${types.map((_, i) => cell(i, row)).join(", ")})`,
				);
		}
	}

	async rows(sql: string): Promise<Row[]> {
		return (await this.#connection.runAndReadAll(sql)).getRowObjects();
	}

	async row(sql: string): Promise<Row> {
		const rows = await this.rows(sql);
		assert.equal(rows.length, 1, `one row expected: ${sql}`);
		return rows[0]!;
	}

	/** The single integer that a statement gives. */
	async number(sql: string): Promise<number> {
		const values = Object.values(await this.row(sql));
		assert.equal(values.length, 1);
		return Number(values[0]);
	}

	close(): void {
		this.#connection.closeSync();
		this.#instance.closeSync();
	}
}

/** Opens a recording, judges it, closes it. */
export async function withFile<T>(path: string, judge: (file: File) => Promise<T>): Promise<T> {
	const file = await File.open(path);
	try {
		return await judge(file);
	} finally {
		file.close();
	}
}

/** Changes a copy of a good recording, or creates another database. */
export async function database(path: string, statements: readonly string[], from?: string): Promise<void> {
	if (from) copyFileSync(from, path);
	const instance = await DuckDBInstance.create(path);
	const connection = await instance.connect();
	for (const statement of statements) await connection.run(statement);
	connection.closeSync();
	instance.closeSync();
}

/** The value that synthetic/index.ts promises at tick t with seed s. The walk is the sum of all its steps, see
 *  below. */
const formulas: Record<string, (s: number) => string> = {
	ramp: (s) => `${s} + t * ${s + 1}`,
	wrap32: (s) => `(4294967296 - 256 + t * ${s + 7}) % 4294967296`,
	wrap48: (s) => `(281474976710656 - 256 + t * ${s + 7}) % 281474976710656`,
	reset: (s) => `t % 1000 * ${s + 3}`,
	constant: (s) => `${s + 42}`,
	stall: (s) => `(t // 500 * 400 + least(t % 500, 400)) * ${s + 1}`,
	drop: (s) => `CASE WHEN t % 100 = 99 THEN NULL ELSE t * ${s + 5} END`,
};

async function checkWalk(file: File, stream: string, column: string, instance: string): Promise<void> {
	const counter = syntheticCounters(`${instance}/walk`)[0]!;
	for (const { tick, value } of await file.rows(`SELECT tick, ${column} AS value FROM ${stream}`))
		assert.equal(value, valueAt(counter, Number(tick)), `${stream}.${column} at tick ${tick}`);
}

/** Recomputes every cell from its tick. Column names are used unquoted, so they must be plain identifiers. */
export async function checkValues(file: File, stream: string): Promise<void> {
	const counters = await file.rows(`SELECT column_name, name, instance FROM counters WHERE stream = '${stream}'`);
	assert.notEqual(counters.length, 0);
	const wrong = counters.flatMap(({ column_name, name, instance }) => {
		const formula = formulas[String(name)];
		if (!formula) return [];
		return [
			`count(*) FILTER (WHERE ${column_name}::HUGEINT IS DISTINCT FROM ${formula(8 * Number(instance))}) AS ${column_name}`,
		];
	});
	if (wrong.length > 0) {
		const counts = await file.row(`SELECT ${wrong.join(", ")} FROM (SELECT *, tick::HUGEINT AS t FROM ${stream})`);
		for (const [column, count] of Object.entries(counts))
			assert.equal(count, 0n, `${stream}.${column}: ${count} cells are not what their tick says`);
	}
	for (const { column_name, name, instance } of counters)
		if (name === "walk") await checkWalk(file, stream, String(column_name), String(instance));
}

/** The law: rows and gaps follow each other from tick 0 to the last, without hole and without overlap. */
export async function checkPartition(file: File, stream: string, ticks: number): Promise<void> {
	const pieces = `SELECT tick AS first, 1::UBIGINT AS ticks FROM ${stream}
		UNION ALL SELECT first_tick, ticks FROM gaps WHERE stream = '${stream}' AND ticks > 0`;
	const found =
		await file.row(`SELECT coalesce(min(first), 0)::BIGINT AS begin, coalesce(max(first + ticks), 0)::BIGINT AS "end",
		count(*) FILTER (WHERE following <> first + ticks) AS breaks
		FROM (SELECT *, lead(first) OVER (ORDER BY first, ticks) AS following FROM (${pieces}))`);
	assert.deepEqual(found, { begin: 0n, end: BigInt(ticks), breaks: 0n }, `${stream}: ${ticks} ticks`);
}

/** Checks that a row is read at or after its deadline and before the next, that rows are in order, and that the clocks
 *  agree. */
export async function checkTimes(file: File, stream: string): Promise<void> {
	const wrong = await file.row(`WITH r AS (SELECT *, epoch_ns(started_at) AS start, period_ns
			FROM ${stream}, recording, (SELECT period_ns FROM streams WHERE name = '${stream}'))
		SELECT count(*) FILTER (WHERE epoch_ns(ts) < start + tick * period_ns) AS early,
			count(*) FILTER (WHERE epoch_ns(ts) >= start + (tick + 1) * period_ns) AS late,
			count(*) FILTER (WHERE start IS NULL OR read_ns IS NULL) AS unknown,
			(SELECT count(*) FROM (SELECT ts, lag(ts) OVER (ORDER BY tick) AS before FROM ${stream}) WHERE ts <= before) AS disordered
		FROM r`);
	assert.deepEqual(wrong, { early: 0n, late: 0n, unknown: 0n, disordered: 0n }, stream);
	const clocks = await file.row(
		"SELECT count(*) FILTER (WHERE epoch_ns(started_at) <> start_monotonic_ns + wall_offset_ns) AS wrong FROM recording",
	);
	assert.deepEqual(clocks, { wrong: 0n });
}

async function countNulls(file: File, stream: string): Promise<number> {
	const counters = await file.rows(`SELECT column_name FROM counters WHERE stream = '${stream}'`);
	return file.number(
		`SELECT ${counters.map(({ column_name }) => `count(*) - count(${column_name})`).join(" + ")} FROM ${stream}`,
	);
}

/** Checks that every commit counts correctly, and that the counts only grow. */
async function checkStatistics(file: File, stream: string): Promise<void> {
	const wrong = await file.row(`SELECT count(*) FILTER (WHERE ticks_accounted <> rows_stored + gap_ticks) AS sums,
			count(*) FILTER (WHERE ticks_accounted < before) AS shrinking,
			count(*) FILTER (WHERE ring_fill < 0 OR ring_fill > 1) AS fills
		FROM (SELECT *, lag(ticks_accounted) OVER (ORDER BY ts) AS before FROM sampler_stats WHERE stream = '${stream}')`);
	assert.deepEqual(wrong, { sums: 0n, shrinking: 0n, fills: 0n }, stream);
}

export interface Judged {
	readonly ended: string | null;
	/** Counts by stream. */
	readonly streams: Readonly<Record<string, { readonly ticks: number; readonly rows: number }>>;
}

/** Checks everything that must hold for any recording of the synthetic source, however it ended. */
export async function judge(file: File): Promise<Judged> {
	const { ended } = await file.row("SELECT ended FROM recording");
	const streams: Record<string, { ticks: number; rows: number }> = {};
	for (const stream of await file.rows("SELECT * FROM streams")) {
		const name = String(stream.name);
		const rows = await file.number(`SELECT count(*) FROM ${name}`);
		const stats = await file.row(`SELECT coalesce(max(ticks_accounted), 0)::BIGINT AS ticks,
			coalesce(max(rows_stored), 0)::BIGINT AS rows FROM sampler_stats WHERE stream = '${name}'`);
		assert.equal(Number(stats.rows), rows, `${name}: rows against what the last commit says`);
		assert.equal(stream.ticks_scheduled === null, ended === null);
		if (ended !== null) {
			assert.equal(stream.rows_stored, stats.rows);
			assert.equal(stream.ticks_scheduled, stats.ticks);
			assert.equal(Number(stream.ticks_scheduled), rows + Number(stream.gap_ticks));
			assert.equal(Number(stream.null_values), await countNulls(file, name));
		}
		await checkPartition(file, name, Number(stats.ticks));
		await checkValues(file, name);
		await checkTimes(file, name);
		await checkStatistics(file, name);
		streams[name] = { ticks: Number(stats.ticks), rows };
	}
	return { ended: ended === null ? null : String(ended), streams };
}

export const judgeFile = (path: string): Promise<Judged> => withFile(path, judge);
