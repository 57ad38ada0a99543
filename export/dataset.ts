// SPDX-License-Identifier: Apache-2.0
/**
 * Writes a Hive-partitioned dataset of Parquet files. Streams have different columns, and hosts different counters, so
 * the dataset can be read as one table only with one row per value. Its types are those that every reader has (no
 * unsigned integers, no nanoseconds):
 *
 *   ts        when the read began, UTC, microseconds
 *   ts_ns     the same in nanoseconds since the epoch
 *   tick      number of the scheduled read
 *   read_ns   length of the read window
 *   id, source, instance, counter, unit, semantics   of the counter
 *   value     the value as a double
 *   exact     the same as a decimal with all its digits; null where the counter is a double
 *   host, stream, date   those of them that are not names of folders
 */
import { join } from "node:path";
import { usageError } from "../base/errors.js";
import { nearest } from "../base/text.js";
import { join as joinSql, name, type Sql, sql, text } from "../storage/sql.js";
import { component, escaped, NAME_BYTES } from "./component.js";
import { checkTarget, type Staging, type Written } from "./exported-files.js";
import type { ExportColumn, ExportStream } from "./input.js";
import { aboutRecording } from "./metadata.js";
import { parquetOptions } from "./parquet.js";
import type { SelectedInput } from "./read-selection.js";

export const partitionKeys = ["host", "date", "stream"] as const;
type Key = (typeof partitionKeys)[number];

/** "host,date,stream" to its keys. @throws CountersinkError when a key is unknown or occurs twice */
export function parsePartition(given: string): Key[] {
	const keys = given.split(",").map((key) => key.trim());
	for (const [i, key] of keys.entries()) {
		const near = nearest(key, partitionKeys);
		if (!(partitionKeys as readonly string[]).includes(key))
			throw usageError(
				`'${key}' is not a partition key${near ? `; did you mean '${near}'?` : `; there are ${partitionKeys.join(", ")}`}`,
			);
		if (keys.indexOf(key) < i) throw usageError(`'${key}' occurs twice in --partition ${given}; write it once`);
	}
	return keys as Key[];
}

/** The name of a folder, as Hive has it. It is never cut, since readers of the dataset would see another value. */
function folderOf(key: Key, value: string): string {
	const folder = `${key}=${escaped(value)}`;
	if (folder.length > NAME_BYTES)
		throw usageError(`the name of this ${key} is too long for a folder; leave ${key} out of --partition`);
	return folder;
}

const words = ["id", "source", "instance", "counter", "unit", "semantics"] as const;
const COLUMNS = 14;

/** The values of one counter on one day that could be read, in order of ticks. */
function longForm(from: Sql, column: ExportColumn, rest: readonly [Key, string][], day: string): Sql {
	const value = name(column.name);
	const cells = [
		sql`make_timestamptz(epoch_us(ts)) AS ts`,
		sql`epoch_ns(ts) AS ts_ns`,
		sql`tick::BIGINT AS tick`,
		sql`read_ns::BIGINT AS read_ns`,
		...words.map((word) => sql`${text(column[word])} AS ${name(word)}`),
		sql`${value}::DOUBLE AS value`,
		sql`${column.type === "f64" ? null : value}::DECIMAL(20, 0) AS exact`,
		...rest.map(([key, said]) => sql`${text(said)}::${key === "date" ? sql`DATE` : sql`VARCHAR`} AS ${name(key)}`),
	];
	return sql`SELECT ${joinSql(cells)} FROM ${from} WHERE ${value} IS NOT NULL AND ts >= ${text(day)}::TIMESTAMP_NS AND ts < ${text(day)}::TIMESTAMP_NS + INTERVAL 1 DAY`;
}

/** The name of a file. It holds the stream and the start, so that several recordings can share one dataset. */
const fileName = ({ name }: ExportStream, started_ns: bigint): string => {
	const started = new Date(Number(started_ns / 1_000_000n)).toISOString().replace(/[-:]/g, "");
	return `${component(name)}-${started}.parquet`;
};

export async function writeDataset(
	input: SelectedInput,
	out: string,
	keys: readonly string[],
	overwrite: boolean,
	staging: Staging,
): Promise<Written[]> {
	const written: Written[] = [];
	const files = [];
	for (const stream of input.streams)
		for (const { day, rows } of await input.days(stream)) {
			const all: [Key, string][] = [
				["host", input.recording.get("host") ?? ""],
				["date", day],
				["stream", stream.name],
			];
			const folders = keys.map((key) => folderOf(key as Key, all.find(([k]) => k === key)![1]));
			const path = join(out, ...folders, fileName(stream, input.started_ns));
			checkTarget(path, overwrite, input.path);
			files.push({ stream, day, rows, path, rest: all.filter(([key]) => !keys.includes(key)) });
			written.push({ path, streams: [stream.name], rows });
		}
	for (const { stream, day, rows, path, rest } of files) {
		const from = await input.relation(stream);
		const selects = stream.columns.map((column) => sql`(${longForm(from, column, rest, day)})`);
		const options = parquetOptions(COLUMNS, [["stream", stream.name], ...aboutRecording(input, stream)]);
		await input.run(
			sql`COPY (${joinSql(selects, sql` UNION ALL `)}) TO ${text(staging.place(path))} (${options})`,
			rows * stream.columns.length,
		);
	}
	return written;
}
