// SPDX-License-Identifier: Apache-2.0
/** countersink info: shows what was asked, what was delivered, what was missed and why. */

import { realpathSync, statSync } from "node:fs";
import { Command } from "commander";
import { exitStatus } from "../../base/errors.js";
import { formatBytes, formatCount, formatDuration, formatRate, formatShare } from "../../base/units.js";
import { accountOf } from "../../library/open-recording.js";
import { type Account, howItEnded, type StreamAccount } from "../../storage/account.js";
import { printJson, show } from "../streams.js";
import { table } from "../table.js";

const durations = (triple: readonly number[] | null): string => (triple ? triple.map(formatDuration).join(" / ") : "-");

/** Size of the file and of the log beside it, which holds the last commits. */
const bytesOf = (path: string): number =>
	statSync(path).size + (statSync(`${realpathSync(path)}.wal`, { throwIfNoEntry: false })?.size ?? 0);

function headLines(a: Account): string[] {
	const span = a.elapsed_ns === null ? "" : `, ${formatDuration(a.elapsed_ns)}`;
	const asked = a.requested_duration_ns === null ? "" : ` of ${formatDuration(a.requested_duration_ns)} asked`;
	return [
		`${a.path}  ${formatBytes(bytesOf(a.path))}, countersink ${a.countersink_version}`,
		`  started   ${a.started_at === null ? (a.running ? "not yet" : "never") : `${a.started_at} UTC`}${span}${asked}`,
		`  ended     ${howItEnded(a)}`,
		...(a.imported ? [`  imported  ${a.imported}`] : []),
		...(a.imported && a.wait === "imported" ? [] : samplingLines(a)),
	];
}

function samplingLines(a: Account): string[] {
	const cpu =
		a.sampler_cpu_ns === null || !a.elapsed_ns ? "" : `, ${formatShare(a.sampler_cpu_ns, a.elapsed_ns)} of a core`;
	const privileges = [
		a.realtime ? "real-time" : "no real-time scheduling",
		a.locked ? "memory locked" : "memory not locked",
	];
	return [
		`  asked     ${a.events.join("  ")}`,
		...(a.command ? [`  command   ${a.command.join(" ")}`] : []),
		`  machine   ${a.host}, Linux ${a.kernel}, ${a.cpus} CPUs`,
		`  sampler   ${a.wait}, ${a.sampler_cpu < 0 ? "any CPU" : `CPU ${a.sampler_cpu}`}, ${a.realtime === null ? "not started" : privileges.join(", ")}${cpu}`,
	];
}

function deliveredTable(streams: readonly StreamAccount[]): string[] {
	return table(
		[
			{ title: "stream" },
			{ title: "counters", right: true },
			{ title: "asked", right: true },
			{ title: "ticks", right: true },
			{ title: "rows", right: true },
			{ title: "missed", right: true },
			{ title: "", right: true },
			{ title: "nulls", right: true },
			{ title: "identity" },
		],
		streams.map((s) => [
			s.name,
			String(s.counters),
			s.granted_ns === null || s.granted_ns === s.period_ns
				? formatRate(s.period_ns)
				: `${formatRate(s.period_ns)}, granted ${formatDuration(s.granted_ns)}`,
			formatCount(s.ticks_accounted),
			formatCount(s.rows),
			formatCount(s.gap_ticks),
			formatShare(s.gap_ticks, s.ticks_accounted),
			s.null_values === null ? "-" : formatCount(s.null_values),
			s.identity
				? "holds"
				: `BROKEN: ${formatCount(s.ticks_accounted, "tick")}, ${formatCount(s.rows, "row")}, ${formatCount(s.gap_ticks)} in gaps`,
		]),
		"  ",
	);
}

function timingTable({ path, finalised, streams }: Account): string[] {
	if (!finalised)
		return [
			"  periods, lateness and read windows are computed when a recording ends; until then, or without an end:",
			`  countersink sql ${path} "FROM achieved_period('${streams[0]?.name}'); FROM lateness('${streams[0]?.name}')"`,
		];
	return table(
		[{ title: "p50 / p99 / max" }, { title: "achieved period" }, { title: "lateness" }, { title: "read window" }],
		streams.map((s) => [s.name, durations(s.achieved), durations(s.lateness), durations(s.read)]),
		"  ",
	);
}

function missedTable(streams: readonly StreamAccount[]): string[] {
	const rows = streams.flatMap((s) =>
		s.gaps.map((g) => [
			s.name,
			g.reason,
			formatCount(g.gaps),
			formatCount(g.ticks),
			g.reason === "source_error" && s.last_errno ? `last errno ${s.last_errno}` : "",
		]),
	);
	if (rows.length === 0) return ["  nothing was missed"];
	const columns = [
		{ title: "missed" },
		{ title: "reason" },
		{ title: "gaps", right: true },
		{ title: "ticks", right: true },
		{ title: "" },
	];
	return table(columns, rows, "  ");
}

function markLines(a: Account): string[] {
	return a.marks.map(
		(m) => `  mark      ${formatDuration(Math.max(0, m.at_ns))}  ${m.name}${m.detail ? `: ${m.detail}` : ""}`,
	);
}

export function infoLines(a: Account): string[] {
	return [
		...headLines(a),
		...markLines(a),
		"",
		...deliveredTable(a.streams),
		"",
		...timingTable(a),
		"",
		...missedTable(a.streams),
	];
}

async function info(path: string, flags: { json?: boolean }): Promise<void> {
	const result = await accountOf(path);
	if (flags.json) printJson(result);
	else show(infoLines(result));
	if (result.streams.some((stream) => !stream.identity)) process.exitCode = exitStatus.failed;
}

export function infoCommand(): Command {
	return new Command("info")
		.argument("<file>", "a recording")
		.option("--json", "print everything as JSON")
		.action(info);
}
