// SPDX-License-Identifier: Apache-2.0
/** Tables of the right shape with wrong contents: numbers, times and texts at and beyond their edges. */
import { ESCAPES } from "../values.js";
import { type HostileRecording, text } from "./common.js";

const numbers = ["0", "18446744073709551615", "9223372036854775807", "NULL", "1"];

export function values(): HostileRecording[] {
	const places = [
		"streams.period_ns",
		"streams.granted_ns",
		"streams.counters",
		"streams.ring_bytes",
		"streams.ticks_scheduled",
		"streams.rows_stored",
		"streams.gap_ticks",
		"streams.null_values",
		"streams.achieved_max_ns",
		"streams.lateness_p50_ns",
		"gaps.first_tick",
		"gaps.ticks",
		"net.tick",
		"counters.width",
		"sampler_stats.ticks_accounted",
		"sampler_stats.ring_fill",
		"recording.requested_duration_ns",
		"recording.start_monotonic_ns",
		"recording.sampler_cpu_ns",
		"recording.writer_pid",
		"recording.cpus",
	];
	const set = places.flatMap((place) => {
		const [table, column] = place.split(".") as [string, string];
		return numbers.map((number) => ({
			name: `${table}-${column}-${number.slice(0, 6)}`,
			sql: [
				`ALTER TABLE ${table} ALTER ${column} DROP NOT NULL`,
				`UPDATE ${table} SET ${column} = try_cast(${number} AS ${"HUGEINT"})`,
			],
		}));
	});
	const times = [
		"recording.started_at",
		"recording.ended_at",
		"gaps.noticed_at",
		"marks.ts",
		"net.ts",
		"sampler_stats.ts",
	].flatMap((place) => {
		const [table, column] = place.split(".") as [string, string];
		return [
			"make_timestamp_ns(-9223372036854775806)",
			"make_timestamp_ns(9223372036854775806)",
			"'infinity'",
			"'-infinity'",
			"NULL",
		].map((time, i) => ({
			name: `${table}-${column}-time-${i}`,
			sql: [`ALTER TABLE ${table} ALTER ${column} DROP NOT NULL`, `UPDATE ${table} SET ${column} = ${time}`],
		}));
	});
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
	].flatMap((place) => {
		const [table, column] = place.split(".") as [string, string];
		return [ESCAPES, "'; DROP TABLE x; --", "x".repeat(2_000_000), "\0"].map((value, i) => ({
			name: `${table}-${column}-text-${i}`,
			sql: [`UPDATE ${table} SET ${column} = ${text(value)}`],
		}));
	});
	return [
		...set,
		...times,
		...texts,
		...["0", "3", "5", "4294967295"].map((version) => ({
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
