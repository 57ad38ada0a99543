// SPDX-License-Identifier: Apache-2.0
/** Creates the tables of a recording before the first tick, and completes them after the last. */
import { bootId, type ProcessId } from "../base/process.js";
import type { Grants } from "../sampler/handle.js";
import type { End, RecordedStream, RecordingHeader, StreamEnd, StreamSummary } from "../sampler/recorded.js";
import { type RecordingDatabase, RowAppender } from "./database.js";
import { FORMAT_VERSION } from "./file.js";
import { join, name, optionalText, type Sql, shipped, sql, text, texts, timestamp } from "./sql.js";
import { streamTables } from "./stream-tables.js";

/** Creates everything but the rows: the schema, a table and a view for each stream, and what is known before the start.
 *  @param macros SQL that creates the macros which the recording carries (queries/prelude.ts) */
export async function createTables(
	database: RecordingDatabase,
	header: RecordingHeader,
	macros: Sql,
	streams: readonly { stream: RecordedStream; ringBytes: number }[],
): Promise<void> {
	/* One transaction: a recorder that is killed here leaves no recording rather than half of one. */
	await database.run(sql`BEGIN`);
	await database.run(shipped("storage/schema.sql"));
	for (const { stream } of streams) for (const statement of streamTables(stream)) await database.run(statement);
	await database.run(sql`INSERT INTO recording
		(format_version, countersink_version, wall_offset_ns, requested_duration_ns, events, command, host, kernel, cpus, wait, sampler_cpu, writer_pid,
			boot_id, log_follows)
		VALUES (${FORMAT_VERSION}, ${text(header.version)}, ${header.wall_offset_ns}, ${header.requested_duration_ns}, ${texts(header.events)},
		${header.command && texts(header.command)}, ${text(header.host)}, ${text(header.kernel)}, ${header.cpus}, ${text(header.wait)},
		${header.sampler_cpu}, ${process.pid}, ${header.wait === "imported" ? null : optionalText(bootId())}, false)`);
	for (const { stream, ringBytes } of streams)
		await database.run(sql`INSERT INTO streams (name, source, period_ns, paced_by, counters, ring_bytes, granted_ns)
			VALUES (${text(stream.name)}, ${text(stream.source)}, ${stream.period_ns}, ${text(stream.paced_by)}, ${stream.columns.length}, ${ringBytes}, ${stream.granted_ns ?? null})`);
	insertCounters(
		database,
		streams.map(({ stream }) => stream),
	);
	insertTexts(
		database,
		streams.map(({ stream }) => stream),
	);
	await database.run(macros);
	await database.run(sql`COMMIT`);
}

/** Merges the log into the tables. From now on the file says that it has a log; noteLog writes into the log that it is
 *  there, for readers of both. */
export async function mergeLog(database: RecordingDatabase): Promise<void> {
	await database.run(sql`UPDATE recording SET log_follows = true`);
	await database.checkpoint();
}

/** Notes in the log that it is there. Call it in the first transaction after mergeLog(). */
export const noteLog = (database: RecordingDatabase): Promise<void> =>
	database.run(sql`UPDATE recording SET log_follows = false`);

export const recordCommand = (database: RecordingDatabase, { pid, started }: ProcessId): Promise<void> =>
	database.run(sql`UPDATE recording SET command_pid = ${pid}, command_started_ticks = ${started}`);

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
	await database.run(sql`UPDATE recording SET started_at = ${timestamp(start_ns + wall_offset_ns)}, start_monotonic_ns = ${start_ns},
		realtime = ${grants.realtime || grants.nice}, locked = ${grants.locked}`);
}

/** Fails when the file does not hold what went through the ring: ticks scheduled = rows stored + ticks in gaps. */
export async function checkIdentity(
	database: RecordingDatabase,
	{ stream, scheduled }: Pick<StreamSummary, "stream" | "scheduled">,
): Promise<void> {
	const held = sql`(SELECT count(*) FROM ${name(stream)}) + (SELECT coalesce(sum(ticks), 0) FROM gaps WHERE stream = ${text(stream)})`;
	const complaint = `${stream}: ${scheduled} ticks were scheduled, but the file has another number of rows and ticks in gaps`;
	await database.run(sql`SELECT CASE WHEN ${held} <> ${scheduled} THEN error(${text(complaint)}) END`);
}

export async function recordEnd(
	database: RecordingDatabase,
	end: End,
	ended_at: bigint,
	sampler_cpu_ns: number,
	streams: readonly StreamEnd[],
): Promise<void> {
	await database.run(sql`BEGIN`);
	await database.run(sql`SELECT CASE WHEN count(*) > 0 THEN error('rows are left in the tail') END FROM tail`);
	for (const { summary, delivered } of streams) {
		await checkIdentity(database, summary);
		const assignments = Object.entries(delivered).map(([column, value]) => sql`${name(column)} = ${value}`);
		await database.run(sql`UPDATE streams SET ${join(assignments)} WHERE name = ${text(summary.stream)}`);
	}
	await database.run(sql`UPDATE recording SET ended = ${text(end.ending)}, ended_at = ${timestamp(ended_at)}, detail = ${optionalText(end.detail)},
		command_status = ${end.command_status}, sampler_cpu_ns = ${sampler_cpu_ns}, log_follows = false`);
	await database.run(sql`COMMIT`);
}
