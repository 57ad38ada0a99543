// SPDX-License-Identifier: Apache-2.0
/** Fills the row of `recording`: with what the input says, or with what is true of rows that another tool recorded. */
import { version } from "../base/version.js";
import type { RecordingHeader } from "../sampler/recorded.js";
import { join, name as quoted, sql, text, timestamp } from "../storage/sql.js";
import type { Plan } from "./import-plan.js";
import type { Staging } from "./staging.js";
import type { ToldRecording } from "./told.js";

/** The columns that are known before the first row. @param file what was imported, as sentences name it */
export function headerOf({ recording: told }: Plan, file: string): RecordingHeader {
	const requested = told.requested_duration_ns;
	return {
		version: told.countersink_version ?? version,
		wall_offset_ns: told.wall_offset_ns ?? 0n,
		requested_duration_ns: requested === undefined ? null : Number(requested),
		events: told.events ?? [`import ${file}`],
		command: told.command ?? null,
		host: told.host ?? "imported",
		kernel: told.kernel ?? "unknown",
		cpus: Number(told.cpus ?? 0n),
		wait: told.wait ?? "imported",
		sampler_cpu: Number(told.sampler_cpu ?? -1n),
	};
}

/** What the input says of an import of its own: this recording knows only the last one. */
const importedBefore = ({ imported_from, imported_at, imported_by }: ToldRecording): string[] =>
	imported_from === undefined
		? []
		: [`imported before from ${imported_from} at ${imported_at} by countersink ${imported_by}`];

const plain = ["start_monotonic_ns", "realtime", "locked", "command_status", "sampler_cpu_ns"] as const;

/** Writes the columns that are null until the end. */
export async function writeEnd(staging: Staging, plan: Plan, file: string): Promise<void> {
	const { recording: told, started_ns, stream } = plan;
	const lastTick = sql`(SELECT coalesce(max(tick)::HUGEINT, 0) + 1 FROM ${quoted(stream.name)})`;
	const ended_ns = told.ended_at_ns ?? sql`(${started_ns} + ${lastTick} * ${stream.period_ns})::BIGINT`;
	const detail = [...importedBefore(told), ...(told.detail === undefined ? [] : [told.detail])].join("; ");
	const now_ns = BigInt(Math.floor(Date.now() / 1000)) * 1_000_000_000n;
	const values = plain.map((column) => sql`${quoted(column)} = ${told[column] ?? null}`);
	await staging.run(sql`UPDATE recording SET ${join(values)}, started_at = ${timestamp(started_ns)},
		ended_at = make_timestamp_ns(${ended_ns}), ended = ${text(told.ended ?? "complete")}, detail = ${detail === "" ? null : text(detail)},
		imported_from = ${text(file)}, imported_at = ${timestamp(now_ns)}, imported_by = ${text(version)}`);
}
