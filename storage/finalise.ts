// SPDX-License-Identifier: Apache-2.0
/**
 * Writes the end of a recording whose recorder was killed. Every commit holds rows, gaps and statistics together, so
 * all ticks up to the last commit are accounted for. What was due between them and the time of that commit becomes a
 * gap `killed`. What only the sampler knew (last_errno, and how long a device's commands took) stays null.
 */
import type { DuckDBConnection, DuckDBValue } from "@duckdb/node-api";
import { failure } from "../base/errors.js";
import { version } from "../base/version.js";
import type { CellType } from "../kernel/source.js";
import type { StreamShape } from "../sampler/batch.js";
import type { Ask } from "./recognise.js";
import { untrusted } from "./shape.js";
import { join, name, type Sql, sql, text, timestamp } from "./sql.js";
import { cellTypes } from "./stream-tables.js";
import { openTail } from "./tail-tables.js";
import { tailSchema } from "./views.js";

export interface Finalised {
	readonly streams: number;
	readonly ticks: number;
	/** Number of these ticks that are in gaps `killed`. */
	readonly killed: number;
	/** Time of the last commit in UTC. */
	readonly until: string;
}

type Row = Readonly<Record<string, DuckDBValue>>;

const FIXED = ["ts", "tick", "read_ns"];
const number = (value: DuckDBValue | undefined): number => Number(value ?? 0);

/** Assignments to the three columns of a distribution. @param from the relation with the values */
const quantiles = (column: string, value: Sql, from: Sql): Sql[] => [
	sql`${name(`${column}_p50_ns`)} = (SELECT quantile_disc(${value}, 0.5) FROM ${from})`,
	sql`${name(`${column}_p99_ns`)} = (SELECT quantile_disc(${value}, 0.99) FROM ${from})`,
	sql`${name(`${column}_max_ns`)} = (SELECT max(${value}) FROM ${from})`,
];

export class Finaliser {
	readonly #path: string;
	readonly #ask: Ask;
	readonly #file: Sql;
	readonly #connection: DuckDBConnection;
	readonly #catalog: string;

	/** @param path the file as sentences name it @param catalog the name under which it is attached */
	constructor(path: string, ask: Ask, catalog: string, connection: DuckDBConnection) {
		this.#connection = connection;
		this.#path = path;
		this.#ask = ask;
		this.#catalog = catalog;
		this.#file = sql`${name(catalog)}.main`;
	}

	/** Finalises the recording in one transaction.
	 *  @param lost the end of a sentence about a lost log; null where it is not lost */
	async run(lost: string | null): Promise<Finalised> {
		const tails = await this.#openTail();
		await this.#ask(sql`BEGIN`);
		const [head] = await this.#ask(sql`SELECT writer_pid, epoch_ns(started_at) AS started_ns,
			coalesce((SELECT max(epoch_ns(ts)) FROM ${this.#file}.sampler_stats), epoch_ns(started_at)) AS until_ns FROM ${this.#file}.recording`);
		const started_ns = BigInt(head!.started_ns as bigint);
		const until_ns = BigInt(head!.until_ns as bigint);
		const streams = await this.#ask(sql`SELECT name, period_ns, granted_ns, paced_by FROM ${this.#file}.streams`);
		for (const [stream, rows] of tails)
			await this.#ask(sql`INSERT INTO ${this.#file}.${name(stream)} BY NAME FROM ${rows}`);
		await this.#ask(sql`DELETE FROM ${this.#file}.tail`);
		let ticks = 0;
		let killed = 0;
		for (const stream of streams) {
			const done = await this.#finalise(stream, started_ns, until_ns);
			ticks += done.ticks;
			killed += done.killed;
		}
		const detail = `its writer, process ${head!.writer_pid}, was killed, failed or ran out of disk space${lost ?? ""}; recovered at ${new Date().toISOString().slice(0, 19)}Z by countersink ${version}`;
		await this.#ask(sql`UPDATE ${this.#file}.recording SET ended = 'recovered', ended_at = ${timestamp(until_ns)}, detail = ${text(detail)},
			sampler_cpu_ns = coalesce(sampler_cpu_ns, (SELECT max(sampler_cpu_ns) FROM ${this.#file}.sampler_stats)), log_follows = false`);
		const [moment] = await this.#ask(sql`SELECT ${timestamp(until_ns)}::VARCHAR AS until`);
		await this.#ask(sql`COMMIT`);
		return { streams: streams.length, ticks, killed, until: String(moment!.until) };
	}

	async #finalise(row: Row, started_ns: bigint, until_ns: bigint): Promise<{ ticks: number; killed: number }> {
		const stream = String(row.name);
		const own = sql`stream = ${text(stream)}`;
		const table = sql`${this.#file}.${name(stream)}`;
		const [held] = await this.#ask(sql`SELECT (SELECT count(*) FROM ${table}) AS stored,
			(SELECT coalesce(sum(ticks), 0)::BIGINT FROM ${this.#file}.gaps WHERE ${own}) AS missing,
			(SELECT coalesce(max(ticks_accounted), 0)::BIGINT FROM ${this.#file}.sampler_stats WHERE ${own}) AS accounted`);
		const accounted = number(held!.accounted);
		if (number(held!.stored) + number(held!.missing) !== accounted)
			throw failure(
				`${this.#path} is damaged: ${stream} has ${held!.stored} rows and ${held!.missing} ticks in gaps, and its last commit counts ${accounted} ticks; what can still be read may be wrong, so record again`,
			);
		const period_ns = number(row.granted_ns ?? row.period_ns);
		const due = row.paced_by === "events" ? 0 : Math.ceil(Number(until_ns - started_ns) / period_ns);
		const killed = Math.max(0, due - accounted);
		if (killed > 0) await this.#addGap(stream, accounted, killed, until_ns);
		await this.#ask(sql`UPDATE ${this.#file}.streams SET ${join(await this.#delivered(row, stream, table, started_ns))},
			ticks_scheduled = ${accounted + killed}, rows_stored = ${number(held!.stored)}, gap_ticks = ${number(held!.missing) + killed}
			WHERE name = ${text(stream)}`);
		return { ticks: accounted + killed, killed };
	}

	/** Adds the gap, with statistics as of its commit, which comes right after the last one. */
	async #addGap(stream: string, first: number, ticks: number, until_ns: bigint): Promise<void> {
		await this.#ask(
			sql`INSERT INTO ${this.#file}.gaps VALUES (${text(stream)}, ${first}, ${ticks}, 'killed', ${timestamp(until_ns)})`,
		);
		await this.#ask(sql`INSERT INTO ${this.#file}.sampler_stats
			SELECT ${timestamp(until_ns + 1n)}, ${text(stream)}, ${first + ticks}, coalesce(max(rows_stored), 0), coalesce(max(gap_ticks), 0) + ${ticks}, 0,
				coalesce(max(sampler_cpu_ns), 0) FROM ${this.#file}.sampler_stats WHERE stream = ${text(stream)}`);
	}

	/** Creates tables in memory for the rows of the tail, before the transaction that moves them into the tables of their
	 *  streams: a transaction can write to one database only. */
	async #openTail(): Promise<Map<string, Sql>> {
		const streams: StreamShape[] = [];
		for (const row of await this.#ask(sql`SELECT name FROM ${this.#file}.streams`)) {
			const stream = String(row.name);
			await this.#checkTable(stream);
			const counters = await this.#ask(sql`SELECT column_name, id, type FROM ${this.#file}.counters
				WHERE stream = ${text(stream)} ORDER BY rowid`);
			const columns = counters.map(({ column_name, id, type }) => {
				if (!(String(type) in cellTypes)) throw untrusted(this.#path, `a counter of ${stream} has type ${type}`);
				return { name: String(column_name), id: String(id), type: type as CellType };
			});
			streams.push({ name: stream, columns });
		}
		const source = { connection: this.#connection, table: sql`${this.#file}.tail`, streams, path: this.#path };
		return openTail(source, tailSchema(""));
	}

	/** Checks that the table is a base table. A view of that name could be anything. */
	async #checkTable(stream: string): Promise<void> {
		const found =
			await this.#ask(sql`SELECT 1 FROM duckdb_tables() WHERE database_name = ${text(this.#catalog)} AND schema_name = 'main'
			AND table_name = ${text(stream)}`);
		if (found.length !== 1)
			throw failure(`${this.#path} is damaged: it has no table of its stream ${stream}; record again`);
	}

	/** What can be computed from the rows, as assignments. */
	async #delivered(row: Row, stream: string, table: Sql, started_ns: bigint): Promise<Sql[]> {
		const columns =
			await this.#ask(sql`SELECT column_name FROM duckdb_columns() WHERE database_name = ${text(this.#catalog)}
			AND schema_name = 'main' AND table_name = ${text(stream)}`);
		const counters = columns.map(({ column_name }) => String(column_name)).filter((column) => !FIXED.includes(column));
		const nulls = counters.map((column) => sql`count(*) - count(${name(column)})`);
		const ticked = row.paced_by === "sampler";
		const rows = sql`(SELECT read_ns, greatest(epoch_ns(ts) - ${started_ns} - tick::BIGINT * ${BigInt(number(row.period_ns))}, 0) AS late,
			epoch_ns(ts) - lag(epoch_ns(ts)) OVER (ORDER BY tick) AS period FROM ${table})`;
		return [
			sql`null_values = (SELECT ${nulls.length > 0 ? join(nulls, sql` + `) : sql`0`} FROM ${table})`,
			...(row.paced_by === "events" ? [] : quantiles("achieved", sql`period`, rows)),
			...(ticked ? [...quantiles("lateness", sql`late`, rows), ...quantiles("read", sql`read_ns`, rows)] : []),
		];
	}
}
