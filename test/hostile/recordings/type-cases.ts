// SPDX-License-Identifier: Apache-2.0
/** Columns that are not of the type that ours have, and counters that claim another than the column has. */
import { ESCAPES } from "../hostile-values.js";
import { type HostileRecording, text } from "./hostile-recording.js";

/** Column by column: the type that the table has, where ours has another. */
const lyingTypes = [
	"VARCHAR",
	"BLOB",
	"UTINYINT",
	"HUGEINT",
	"DOUBLE",
	"DECIMAL(38, 10)",
	"INTEGER[]",
	"STRUCT(a INTEGER)",
	"UUID",
	"BOOLEAN",
	"TIMESTAMP",
	"BIT",
	"MAP(VARCHAR, INTEGER)",
];

export function types(): HostileRecording[] {
	const columns = ["ts", "tick", "read_ns", "lo_rx_packets"];
	const changed = columns.flatMap((column) =>
		lyingTypes.map((type) => ({
			name: `type-of-${column}-is-${type.replace(/\W.*/, "").toLowerCase()}${type.endsWith("[]") ? "-list" : ""}`,
			sql: [`ALTER TABLE net DROP COLUMN ${column}`, `ALTER TABLE net ADD COLUMN ${column} ${type}`],
		})),
	);
	const claimed = ["u64", "i64", "f64", "text", "", ESCAPES].flatMap((type, i) => [
		{ name: `counters-claim-${i}`, sql: [`UPDATE counters SET type = ${text(type)}`] },
		{
			name: `counters-claim-${i}-of-text`,
			sql: [
				"ALTER TABLE net ALTER lo_rx_packets TYPE VARCHAR USING 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'",
				`UPDATE counters SET type = ${text(type)}`,
			],
		},
	]);
	const ours = [
		"recording.format_version",
		"recording.started_at",
		"recording.events",
		"streams.period_ns",
		"streams.name",
		"counters.width",
		"counters.id",
		"gaps.ticks",
		"gaps.first_tick",
		"marks.ts",
		"sampler_stats.ring_fill",
	].flatMap((place) => {
		const [table, column] = place.split(".") as [string, string];
		return ["BLOB", "VARCHAR[]", "UTINYINT"].map((type, i) => ({
			name: `type-of-${table}-${column}-${i}`,
			sql: [`ALTER TABLE ${table} DROP COLUMN ${column}`, `ALTER TABLE ${table} ADD COLUMN ${column} ${type}`],
		}));
	});
	return [...changed, ...claimed, ...ours];
}
