// SPDX-License-Identifier: Apache-2.0
/** The tables of a recording: made before the first tick, completed after the last. */
import { readFileSync } from "node:fs";
import { packageFile } from "../base/paths.js";
import type { Grants } from "../sampler/handle.js";
import type { RingReader } from "../sampler/ring.js";
import { type RecordingDatabase, RowAppender } from "./database.js";
import { delivered } from "./delivered.js";
import { FORMAT_VERSION } from "./file.js";
import type { End, RecordedStream, RecordingHeader, StreamSummary } from "./protocol.js";
import { literal, quote } from "./quote.js";
import { streamTables } from "./sink.js";

const sql = (value: string | number | bigint | boolean | null): string =>
	value === null ? "NULL" : typeof value === "string" ? literal(value) : String(value);

const list = (values: readonly string[]): string => `[${values.map(literal).join(", ")}]::VARCHAR[]`;

const timestamp = (ns: bigint): string => `make_timestamp_ns(${ns})`;

/** Everything but the rows: the schema, one table and view a stream, and what is known before the start. */
export async function createTables(
	database: RecordingDatabase,
	header: RecordingHeader,
	streams: readonly { stream: RecordedStream; ringBytes: number }[],
): Promise<void> {
	/* All or nothing: a recording that was killed here is no recording, not half of one. */
	await database.run("BEGIN");
	await database.run(readFileSync(packageFile("storage/schema.sql"), "utf8"));
	for (const { stream } of streams) for (const statement of streamTables(stream)) await database.run(statement);
	await database.run(`INSERT INTO recording
		(format_version, countersink_version, wall_offset_ns, requested_duration_ns, events, command, host, kernel, cpus, wait, sampler_cpu, writer_pid)
		VALUES (${FORMAT_VERSION}, ${sql(header.version)}, ${header.wall_offset_ns}, ${sql(header.requested_duration_ns)}, ${list(header.events)},
		${header.command ? list(header.command) : "NULL"}, ${sql(header.host)}, ${sql(header.kernel)}, ${header.cpus}, ${sql(header.wait)},
		${header.sampler_cpu}, ${process.pid})`);
	for (const { stream, ringBytes } of streams)
		await database.run(`INSERT INTO streams (name, source, period_ns, counters, ring_bytes, granted_ns)
			VALUES (${sql(stream.name)}, ${sql(stream.source)}, ${stream.period_ns}, ${stream.columns.length}, ${ringBytes}, ${sql(stream.granted_ns ?? null)})`);
	insertCounters(
		database,
		streams.map(({ stream }) => stream),
	);
	insertTexts(
		database,
		streams.map(({ stream }) => stream),
	);
	await database.run(header.macros);
	await database.run("COMMIT");
}

function insertCounters(database: RecordingDatabase, streams: readonly RecordedStream[]): void {
	const counters = new RowAppender(database, "counters");
	for (const stream of streams)
		for (const c of stream.columns)
			counters.append([
				stream.name,
				c.name,
				c.id,
				c.source,
				c.instance,
				c.counter,
				c.unit,
				c.semantics,
				c.width,
				c.type,
				c.help,
			]);
	counters.flush();
	counters.close();
}

function insertTexts(database: RecordingDatabase, streams: readonly RecordedStream[]): void {
	const texts = new RowAppender(database, "trace_strings");
	for (const { name, texts: own = [] } of streams)
		for (const { address, text } of own) texts.append([name, BigInt(address), text]);
	texts.flush();
	texts.close();
}

export async function recordStart(
	database: RecordingDatabase,
	start_ns: bigint,
	wall_offset_ns: bigint,
	grants: Grants,
): Promise<void> {
	await database.run(`UPDATE recording SET started_at = ${timestamp(start_ns + wall_offset_ns)}, start_monotonic_ns = ${start_ns},
		realtime = ${grants.realtime || grants.nice}, locked = ${grants.locked}`);
}

/** Fails when what the file holds is not what went through the ring: ticks scheduled = rows stored + ticks in gaps. */
async function checkIdentity(database: RecordingDatabase, { stream, scheduled }: StreamSummary): Promise<void> {
	const held = `(SELECT count(*) FROM ${quote(stream)}) + (SELECT coalesce(sum(ticks), 0) FROM gaps WHERE stream = ${sql(stream)})`;
	await database.run(`SELECT CASE WHEN ${held} <> ${scheduled} THEN
		error(${sql(`${stream}: ${scheduled} ticks were scheduled, but rows and gaps in the file are not as many`)}) END`);
}

export async function recordEnd(
	database: RecordingDatabase,
	end: End,
	ended_at: bigint,
	sampler_cpu_ns: number,
	streams: readonly { summary: StreamSummary; reader: RingReader }[],
): Promise<void> {
	await database.run("BEGIN");
	for (const { summary, reader } of streams) {
		await checkIdentity(database, summary);
		const assignments = Object.entries(delivered(summary, reader)).map(
			([column, value]) => `${quote(column)} = ${value}`,
		);
		await database.run(`UPDATE streams SET ${assignments.join(", ")} WHERE name = ${sql(summary.stream)}`);
	}
	await database.run(`UPDATE recording SET ended = ${sql(end.ending)}, ended_at = ${timestamp(ended_at)}, detail = ${sql(end.detail)},
		command_status = ${sql(end.command_status)}, sampler_cpu_ns = ${sampler_cpu_ns}`);
	await database.run("COMMIT");
}
