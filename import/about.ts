// SPDX-License-Identifier: Apache-2.0
/** The row of `recording`: as the input tells it, or what is true of rows that somebody else has recorded. */
import { version } from "../base/version.js";
import type { RecordingHeader } from "../storage/protocol.js";
import { literal } from "../storage/quote.js";
import type { Sql } from "../storage/sql.js";
import type { Plan } from "./plan.js";
import { q, type Staging } from "./staging.js";

type Told = Plan["recording"];

const text = (told: Told, key: string, otherwise: string): string => String(told[key] ?? otherwise);
const texts = (value: unknown): string[] | null => (Array.isArray(value) ? value.map(String) : null);

/** The columns that are there before the first row. @param file what was imported, as sentences name it */
export function headerOf({ recording: told }: Plan, file: string, macros: Sql): RecordingHeader {
	const requested = told.requested_duration_ns;
	return {
		version: text(told, "countersink_version", version),
		wall_offset_ns: BigInt(text(told, "wall_offset_ns", "0")),
		requested_duration_ns: requested === null || requested === undefined ? null : Number(requested),
		events: texts(told.events) ?? [`import ${file}`],
		command: texts(told.command),
		host: text(told, "host", "imported"),
		kernel: text(told, "kernel", "unknown"),
		cpus: Number(told.cpus ?? 0),
		wait: text(told, "wait", "imported"),
		sampler_cpu: Number(told.sampler_cpu ?? -1),
		macros,
	};
}

/** How `detail` begins in a recording that was imported; `info` shows it. */
const importedFrom = (file: string): string =>
	`imported from ${file} at ${new Date().toISOString().slice(0, 19)}Z by countersink ${version}`;

const plain = ["start_monotonic_ns", "realtime", "locked", "command_status", "sampler_cpu_ns"] as const;

/** The columns that are null until the end. */
export async function writeEnd(staging: Staging, plan: Plan, file: string): Promise<void> {
	const { recording: told, started_ns, stream } = plan;
	const lastTick = `(SELECT coalesce(max(tick)::HUGEINT, 0) + 1 FROM ${q(stream.name)})`;
	const ended_ns = told.ended_at_ns ?? `(${started_ns} + ${lastTick} * ${stream.period_ns})::BIGINT`;
	const detail = [importedFrom(file), ...(typeof told.detail === "string" ? [told.detail] : [])].join("; ");
	const values = plain.map((column) => `${column} = ${told[column] ?? "NULL"}`);
	await staging.run(`UPDATE recording SET ${values.join(", ")}, started_at = make_timestamp_ns(${started_ns}),
		ended_at = make_timestamp_ns(${ended_ns}), ended = ${literal(text(told, "ended", "complete"))}, detail = ${literal(detail)}`);
}
