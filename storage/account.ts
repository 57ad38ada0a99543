// SPDX-License-Identifier: Apache-2.0
/** Reads what a recording says of itself: what was asked, delivered, missed and why, and how it ended. */
import { basename } from "node:path";
import { isRunning } from "../base/process.js";
import { formatDuration } from "../base/units.js";
import { logOf } from "./file.js";
import type { Recording, Row, Value } from "./recording.js";
import { untrusted } from "./shape.js";
import { sql, text } from "./sql.js";

export interface GapSum {
	readonly reason: string;
	readonly gaps: number;
	readonly ticks: number;
}

export interface StreamAccount {
	readonly name: string;
	readonly counters: number;
	readonly period_ns: number;
	/** The period that a device granted that samples by itself; null where the sampler ticks as asked. */
	readonly granted_ns: number | null;
	/** Null where the recording was not finalised. */
	readonly ticks_scheduled: number | null;
	/** Ticks that rows and gaps account for; in a finalised recording the same as scheduled. */
	readonly ticks_accounted: number;
	/** Number of rows, counted in the table. */
	readonly rows: number;
	readonly gap_ticks: number;
	readonly null_values: number | null;
	readonly gaps: readonly GapSum[];
	/** Whether ticks = rows + gap_ticks. */
	readonly identity: boolean;
	readonly achieved: readonly [p50_ns: number, p99_ns: number, max_ns: number] | null;
	readonly lateness: readonly [p50_ns: number, p99_ns: number, max_ns: number] | null;
	readonly read: readonly [p50_ns: number, p99_ns: number, max_ns: number] | null;
	readonly last_errno: number;
}

export interface Account {
	readonly path: string;
	readonly finalised: boolean;
	/** The recording is still being written, and everything here comes from its last commit. */
	readonly running: boolean;
	/** Age of that commit when it was read; null where the recording is not running, or nothing was committed yet. */
	readonly age_ns: number | null;
	readonly ended: string | null;
	readonly detail: string | null;
	/** The imported file, when and by which version; null where the recording was made here. */
	readonly imported: string | null;
	readonly started_at: string | null;
	/** Time from tick 0 to the end, or to the last commit where the recording was not finalised. */
	readonly elapsed_ns: number | null;
	readonly requested_duration_ns: number | null;
	readonly events: readonly string[];
	readonly command: readonly string[] | null;
	readonly command_status: number | null;
	readonly host: string;
	readonly kernel: string;
	readonly cpus: number;
	readonly wait: string;
	readonly sampler_cpu: number;
	readonly realtime: boolean | null;
	readonly locked: boolean | null;
	readonly sampler_cpu_ns: number | null;
	readonly writer_pid: number;
	/** The recording was not finalised, and its log is missing: what was committed after `committed_at` is not here. */
	readonly log_missing: boolean;
	/** Time of the last commit in UTC; null where there was none. */
	readonly committed_at: string | null;
	/** Process of the wrapped command if it still runs. */
	readonly command_runs: number | null;
	readonly countersink_version: string;
	readonly streams: readonly StreamAccount[];
	readonly marks: readonly { readonly at_ns: number; readonly name: string; readonly detail: string | null }[];
}

const number = (value: Value): number | null => (value === null || value === undefined ? null : Number(value));
const optional = (value: Value): string | null => (value === null || value === undefined ? null : String(value));
const list = (value: Value): string[] | null =>
	value ? [...(value as { items: readonly Value[] }).items].map(String) : null;

function triple(row: Row, name: string): [number, number, number] | null {
	const [p50, p99, max] = [row[`${name}_p50_ns`]!, row[`${name}_p99_ns`]!, row[`${name}_max_ns`]!].map(number);
	return p50 === null ? null : [p50!, p99!, max!];
}

/** The most reasons for gaps; a recording has fewer. */
const MAX_REASONS = 100;

async function gapsOf(recording: Recording, stream: string): Promise<GapSum[]> {
	const gaps = await recording.rows(
		sql`SELECT left(reason, 100) AS reason, count(*) AS gaps, sum(ticks)::UBIGINT AS ticks FROM ${recording.table("gaps")}
			WHERE stream = ${text(stream)} GROUP BY ALL ORDER BY ticks DESC LIMIT ${MAX_REASONS + 1}`,
	);
	if (gaps.length > MAX_REASONS)
		throw untrusted(recording.path, `its gaps in stream ${stream} have more than ${MAX_REASONS} reasons`);
	return gaps.map((gap) => ({ reason: String(gap.reason), gaps: Number(gap.gaps), ticks: Number(gap.ticks) }));
}

async function streamAccount(recording: Recording, row: Row): Promise<StreamAccount> {
	const name = String(row.name);
	const [stored] = await recording.rows(sql`SELECT (SELECT count(*) FROM ${recording.table(name)}) +
		(SELECT coalesce(sum(rows), 0)::BIGINT FROM ${recording.table("tail")} WHERE stream = ${text(name)}) AS n`);
	const [last] = await recording.rows(
		sql`SELECT max(ticks_accounted) AS n FROM ${recording.table("sampler_stats")} WHERE stream = ${text(name)}`,
	);
	const sums = await gapsOf(recording, name);
	const rows = Number(stored!.n);
	const gap_ticks = sums.reduce((sum, gap) => sum + gap.ticks, 0);
	const ticks_scheduled = number(row.ticks_scheduled!);
	const ticks_accounted = ticks_scheduled ?? number(last!.n!) ?? 0;
	return {
		name,
		counters: Number(row.counters),
		period_ns: Number(row.period_ns),
		granted_ns: number(row.granted_ns!),
		ticks_scheduled,
		ticks_accounted,
		rows,
		gap_ticks,
		null_values: number(row.null_values!),
		gaps: sums,
		identity: ticks_accounted === rows + gap_ticks,
		achieved: triple(row, "achieved"),
		lateness: triple(row, "lateness"),
		read: triple(row, "read"),
		last_errno: number(row.last_errno!) ?? 0,
	};
}

/** The origin of an import, as the end of a sentence. */
const importOf = ({ imported_from, imported_at, imported_by }: Row): string | null =>
	imported_from === null
		? null
		: `from ${imported_from} at ${String(imported_at).replace(" ", "T")}Z by countersink ${imported_by}`;

/** Whether the log is missing. What is committed and not merged is in the log: a file that says it has one, and has
 *  none, was moved without it. Where the log is there, it is read, and the answer is no. */
const logIsMissing = (path: string, { log_follows, ended }: Row): boolean =>
	ended === null && log_follows === true && logOf(path) === undefined;

function runningCommand({ boot_id, command_pid, command_started_ticks }: Row): number | null {
	if (boot_id === null || command_pid === null || command_started_ticks === null) return null;
	const command = { pid: Number(command_pid), started: Number(command_started_ticks), boot: String(boot_id) };
	return isRunning(command) ? command.pid : null;
}

export async function account(recording: Recording): Promise<Account> {
	const [run, stats] = [recording.table("recording"), recording.table("sampler_stats")];
	const [head] = await recording.rows(sql`SELECT *, epoch_ns(ended_at) - epoch_ns(started_at) AS elapsed_ns,
		(SELECT max(epoch_ns(ts)) FROM ${stats}) - epoch_ns(started_at) AS committed_ns,
		(SELECT max(ts) FROM ${stats}) AS committed_at FROM ${run}`);
	const row = head!;
	const streams: StreamAccount[] = [];
	for (const stream of await recording.rows(sql`SELECT * FROM ${recording.table("streams")}`))
		streams.push(await streamAccount(recording, stream));
	const marks = await recording.rows(
		sql`SELECT epoch_ns(ts) - (SELECT epoch_ns(started_at) FROM ${run}) AS at_ns, name, detail FROM ${recording.table("marks")} ORDER BY ts`,
	);
	return {
		path: recording.path,
		finalised: row.ended !== null,
		running: false,
		age_ns: null,
		ended: optional(row.ended!),
		detail: optional(row.detail!),
		imported: importOf(row),
		started_at: optional(row.started_at!),
		elapsed_ns: number(row.elapsed_ns!) ?? number(row.committed_ns!),
		requested_duration_ns: number(row.requested_duration_ns!),
		events: list(row.events!) ?? [],
		command: list(row.command!),
		command_status: number(row.command_status!),
		host: String(row.host),
		kernel: String(row.kernel),
		cpus: Number(row.cpus),
		wait: String(row.wait),
		sampler_cpu: Number(row.sampler_cpu),
		realtime: row.realtime as boolean | null,
		locked: row.locked as boolean | null,
		sampler_cpu_ns: number(row.sampler_cpu_ns!),
		writer_pid: Number(row.writer_pid),
		log_missing: logIsMissing(recording.path, row),
		committed_at: optional(row.committed_at!),
		command_runs: runningCommand(row),
		countersink_version: String(row.countersink_version),
		streams,
		marks: marks.map((m) => ({ at_ns: Number(m.at_ns), name: String(m.name), detail: optional(m.detail!) })),
	};
}

const commitOf = (age_ns: number | null): string =>
	age_ns === null ? "from before its first row" : `from its last commit, ${formatDuration(age_ns)} ago`;

function notFinalised({ path, writer_pid, log_missing, committed_at, command_runs }: Account): string {
	const what = log_missing
		? `and its log is missing: what was committed after ${committed_at ?? "its start"} is not here; put ${basename(path)}.wal back beside it if you have it`
		: `everything up to the last commit is here and accounted for`;
	const left = command_runs === null ? "" : `; its command (process ${command_runs}) still runs`;
	return `it was not finalised: its writer (process ${writer_pid}) was killed, failed or ran out of disk space${log_missing ? ", " : "; "}${what}${left}`;
}

/** How the recording ended, as one sentence. */
export function howItEnded(account: Account): string {
	const { ended, detail, command_status, writer_pid, imported, wait, running, age_ns } = account;
	if (running) return `not yet: process ${writer_pid} is recording; this is ${commitOf(age_ns)}`;
	switch (ended) {
		case "complete":
			return imported && wait === "imported" ? "with the last row that was imported" : "it ran for the asked duration";
		case "command":
			return `it ended with the command, which had status ${command_status}`;
		case "interrupted":
			return "the user ended it";
		case "sampler_killed":
			return `the sampler was killed (${detail}); everything it had published is here, the rest is in the gaps as killed`;
		case "sampler_failed":
			return `the sampler failed (${detail}); everything it had published is here, the rest is in the gaps as killed`;
		case "recovered":
			return `it was recovered: ${detail}; everything up to the last commit is here, the rest is in the gaps as killed`;
		default:
			return notFinalised(account);
	}
}
