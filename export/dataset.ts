// SPDX-License-Identifier: Apache-2.0
/**
 * A Hive-partitioned dataset of Parquet files. Streams have different columns, and hosts different counters, so that only one row
 * per value can be read as one table; types are those that every reader has (no unsigned integers, no nanoseconds):
 *
 *   ts        when the read began, UTC, microseconds
 *   ts_ns     the same in nanoseconds since the epoch
 *   tick      number of the scheduled read
 *   read_ns   length of the read window
 *   id, source, instance, counter, unit, semantics   of the counter
 *   value     the value as a double
 *   exact     the same as a decimal with all its digits; null where the counter is a double
 *   host, stream, date   those that the folders are not named after
 */
import { join } from "node:path";
import { usageError } from "../base/errors.js";
import { nearest } from "../base/text.js";
import { literal, quote } from "../storage/quote.js";
import type { ExportColumn, ExportStream } from "./input.js";
import { aboutRecording } from "./metadata.js";
import { checkTarget, type Staging, type Written } from "./output.js";
import { parquetOptions } from "./parquet.js";
import type { SelectedInput } from "./read.js";

export const partitionKeys = ["host", "date", "stream"] as const;
type Key = (typeof partitionKeys)[number];

/** "host,date,stream" to its keys; throws when one is unknown or twice. */
export function parsePartition(text: string): Key[] {
	const keys = text.split(",").map((key) => key.trim());
	for (const [i, key] of keys.entries()) {
		const near = nearest(key, partitionKeys);
		if (!(partitionKeys as readonly string[]).includes(key))
			throw usageError(
				`'${key}' is nothing to partition by${near ? `; did you mean '${near}'?` : `; there are ${partitionKeys.join(", ")}`}`,
			);
		if (keys.indexOf(key) < i) throw usageError(`'${key}' is twice in --partition ${text}; write it once`);
	}
	return keys as Key[];
}

/** As Hive writes values in names of folders. */
const escaped = (value: string): string =>
	value.replace(/[^A-Za-z0-9._ -]/g, (c) =>
		[...Buffer.from(c)].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, "0")}`).join(""),
	);

const texts = ["id", "source", "instance", "counter", "unit", "semantics"] as const;
const COLUMNS = 14;

/** One counter on one day: values that could be read, in order of ticks. */
function longForm(statement: string, column: ExportColumn, rest: readonly [Key, string][], day: string): string {
	const name = quote(column.name);
	const exact = column.type === "f64" ? "NULL::DECIMAL(20, 0)" : `${name}::DECIMAL(20, 0)`;
	const cells = [
		"make_timestamptz(epoch_us(ts)) AS ts",
		"epoch_ns(ts) AS ts_ns",
		"tick::BIGINT AS tick",
		"read_ns::BIGINT AS read_ns",
		...texts.map((text) => `${literal(column[text])} AS ${text}`),
		`${name}::DOUBLE AS value`,
		`${exact} AS exact`,
		...rest.map(([key, value]) => `${literal(value)}${key === "date" ? "::DATE" : ""} AS ${key}`),
	];
	return `SELECT ${cells.join(", ")} FROM (${statement}) WHERE ${name} IS NOT NULL AND ts >= ${literal(day)}::TIMESTAMP_NS AND ts < ${literal(day)}::TIMESTAMP_NS + INTERVAL 1 DAY`;
}

/** Several recordings may go into one dataset: a file is named after its stream and the start. */
const fileName = ({ name }: ExportStream, started_ns: bigint): string => {
	const started = new Date(Number(started_ns / 1_000_000n)).toISOString().replace(/[-:]/g, "");
	return `${name}-${started}.parquet`;
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
			const folders = keys.map((key) => `${key}=${escaped(all.find(([k]) => k === key)![1])}`);
			const path = join(out, ...folders, fileName(stream, input.started_ns));
			checkTarget(path, overwrite, input.path);
			files.push({ stream, day, rows, path, rest: all.filter(([key]) => !keys.includes(key)) });
			written.push({ path, streams: [stream.name], rows });
		}
	for (const { stream, day, rows, path, rest } of files) {
		const statement = input.statement(stream);
		const selects = stream.columns.map((column) => `(${longForm(statement, column, rest, day)})`);
		const options = parquetOptions(COLUMNS, [["stream", stream.name], ...aboutRecording(input, stream)]);
		await input.run(
			`COPY (${selects.join(" UNION ALL ")}) TO ${literal(staging.place(path))} (${options})`,
			rows * stream.columns.length,
		);
	}
	return written;
}
