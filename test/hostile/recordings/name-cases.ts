// SPDX-License-Identifier: Apache-2.0
/** Names of streams, counters and files that are paths, SQL, escapes or no names. */
import { renameSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Bait } from "../bait.js";
import { ESCAPES, hostileNames } from "../hostile-values.js";
import { type HostileRecording, quoted, text } from "./hostile-recording.js";

export function names(bait: Bait): HostileRecording[] {
	return hostileNames(bait).flatMap((name, i) => {
		/* DuckDB ends a name at a NUL; as a value it is kept. */
		const table = name.replaceAll("\0", "0") || "empty";
		return [
			{
				name: `stream-named-${i}`,
				stream: name,
				sql: [
					`ALTER TABLE net RENAME TO ${quoted(table === "recording" || table === "streams" ? `${table}_` : table)}`,
					...["streams.name", "counters.stream", "gaps.stream", "sampler_stats.stream"].map(
						(place) =>
							`UPDATE ${place.split(".")[0]} SET ${place.split(".")[1]} = ${text(name)} WHERE ${place.split(".")[1]} = 'net'`,
					),
				],
			},
			{
				name: `counter-named-${i}`,
				sql: [
					`ALTER TABLE net RENAME lo_rx_packets TO ${quoted(["ts", "tick"].includes(table) ? `${table}_` : table)}`,
					`UPDATE counters SET column_name = ${text(name)}, id = ${text(`net:lo/${name}`)}, name = ${text(name)} WHERE column_name = 'lo_rx_packets'`,
				],
			},
		];
	});
}

const move =
	(name: string) =>
	(path: string): string => {
		const to = join(dirname(path), name);
		renameSync(path, to);
		return to;
	};

export function paths(): HostileRecording[] {
	const odd = [
		"a'b.duckdb",
		'a"b.duckdb',
		"a;b.duckdb",
		"a b.duckdb",
		"a?b.duckdb",
		"a*b.duckdb",
		"a%sb.duckdb",
		"a#b.duckdb",
		`${ESCAPES.replaceAll("/", "_")}.duckdb`,
		"a\nb.duckdb",
		"main.duckdb",
		"memory.duckdb",
		"temp.duckdb",
		"system.duckdb",
		"select.duckdb",
		"ä€😀.duckdb",
		`${"n".repeat(240)}.duckdb`,
		"x.duckdb.wal",
		".duckdb",
		"s3:.duckdb",
		"a\\b.duckdb",
	];
	return odd.map((name, i) => ({ name: `path-${i}`, place: move(name) }));
}
