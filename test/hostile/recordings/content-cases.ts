// SPDX-License-Identifier: Apache-2.0
/** Tables of the right shape with wrong contents: numbers, times and texts at and beyond their edges. */
import { ESCAPES } from "../hostile-values.js";
import { type HostileRecording, text } from "./hostile-recording.js";

const [U8, U32, U64, I64] = [255n, 2n ** 32n - 1n, 2n ** 64n - 1n, 2n ** 63n - 1n];

/** Columns of numbers, and the greatest that each can hold. */
const columns: Readonly<Record<string, bigint>> = {
	"streams.period_ns": U64,
	"streams.granted_ns": U64,
	"streams.counters": U32,
	"streams.ring_bytes": U64,
	"streams.ticks_scheduled": U64,
	"streams.rows_stored": U64,
	"streams.gap_ticks": U64,
	"streams.null_values": U64,
	"streams.achieved_max_ns": U64,
	"streams.lateness_p50_ns": U64,
	"gaps.first_tick": U64,
	"gaps.ticks": U64,
	"net.tick": U64,
	"counters.width": U8,
	"sampler_stats.ticks_accounted": U64,
	"sampler_stats.ring_fill": U64,
	"recording.requested_duration_ns": I64,
	"recording.start_monotonic_ns": I64,
	"recording.sampler_cpu_ns": U64,
	"recording.writer_pid": I64,
	"recording.cpus": U32,
};

/** A column must give up that it is not null for a null alone: a table that is not as ours is refused before its values
 *  are seen. */
function set(place: string, name: string, value: string): HostileRecording {
	const [table, column] = place.split(".") as [string, string];
	const change = `UPDATE ${table} SET ${column} = ${value}`;
	return {
		name: `${table}-${column}-${name}`,
		sql: value === "NULL" ? [`ALTER TABLE ${table} ALTER ${column} DROP NOT NULL`, change] : [change],
	};
}

export function values(): HostileRecording[] {
	const numbers = Object.entries(columns).flatMap(([place, highest]) => {
		const all = { "0": 0n, "1": 1n, half: highest / 2n + 1n, highest };
		return [...Object.entries(all).map(([name, value]) => set(place, name, String(value))), set(place, "null", "NULL")];
	});
	const times = [
		"recording.started_at",
		"recording.ended_at",
		"recording.imported_at",
		"gaps.noticed_at",
		"marks.ts",
		"net.ts",
		"sampler_stats.ts",
	].flatMap((place) =>
		[
			"make_timestamp_ns(-9200000000000000000)",
			"make_timestamp_ns(9223372036854775806)",
			"'infinity'",
			"'-infinity'",
			"NULL",
		].map((time, i) => set(place, `time-${i}`, time)),
	);
	const texts = [
		"recording.host",
		"recording.detail",
		"recording.ended",
		"recording.countersink_version",
		"recording.kernel",
		"recording.wait",
		"marks.name",
		"marks.detail",
		"gaps.reason",
		"counters.unit",
		"counters.semantics",
		"counters.help",
		"counters.id",
		"counters.column_name",
		"counters.name",
		"streams.paced_by",
		"recording.imported_from",
		"recording.imported_by",
	].flatMap((place) => {
		const [table, column] = place.split(".") as [string, string];
		return [ESCAPES, "'; DROP TABLE x; --", "x".repeat(2_000_000), "\0"].map((value, i) => ({
			name: `${table}-${column}-text-${i}`,
			sql: [`UPDATE ${table} SET ${column} = ${text(value)}`],
		}));
	});
	return [
		...numbers,
		...times,
		...texts,
		...["0", "3", "4", "5", "6", "7", "4294967295"].map((version) => ({
			name: `format-version-${version}`,
			sql: [`UPDATE recording SET format_version = ${version}`],
		})),
		{ name: "events-are-many", sql: ["UPDATE recording SET events = [x::VARCHAR FOR x IN range(200000)]"] },
		{
			name: "events-are-escapes",
			sql: [`UPDATE recording SET events = [${text(ESCAPES)}], command = [${text(ESCAPES)}, NULL]`],
		},
		{ name: "gaps-overflow", sql: ["INSERT INTO gaps SELECT * REPLACE (18446744073709551615 AS ticks) FROM gaps"] },
		{
			name: "many-gaps",
			sql: ["INSERT INTO gaps SELECT g.* REPLACE (range AS first_tick) FROM gaps g, range(300000) LIMIT 300000"],
		},
		{
			name: "many-marks",
			sql: [`INSERT INTO marks SELECT make_timestamp_ns(range), ${text(ESCAPES)}, NULL FROM range(100000)`],
		},
		{ name: "ticks-go-back", sql: ["UPDATE net SET tick = 1000 - tick"] },
		{ name: "far-ticks", sql: ["UPDATE net SET tick = tick * 90000000000000000"] },
	];
}
