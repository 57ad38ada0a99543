// SPDX-License-Identifier: Apache-2.0
/** Parquet, one file per stream, written by DuckDB itself: 64-bit integers are delta-encoded, pages compressed with zstd. */
import { metadata, streamKeys } from "../sampler/batch.js";
import { join, type Sql, sql, text } from "../storage/sql.js";
import type { Format } from "./format.js";
import type { ExportInput, ExportStream } from "./input.js";
import { aboutColumns, aboutRecording } from "./metadata.js";
import { valuesOf } from "./read.js";

/** Values of a row group: each thread holds one or two of them in memory, 8 MB each. */
const GROUP_VALUES = 1 << 20;
const VECTOR = 2048;

/** Distinct values for which DuckDB tries a dictionary. Counters have more of them than that, and finding it out with DuckDB's own
 *  limit took half of the time (measured); steps between neighbours take less room anyway. */
const DICTIONARY = 1000;

/** Whole vectors. */
const groupRows = (columns: number): number =>
	Math.max(VECTOR, Math.min(60 * VECTOR, Math.floor(GROUP_VALUES / columns / VECTOR) * VECTOR));

function about(input: ExportInput, stream: ExportStream): [string, string][] {
	return [
		["stream", stream.name],
		...metadata(stream, streamKeys),
		["counters", aboutColumns(stream)],
		...aboutRecording(input, stream),
	];
}

/** The options of COPY that make a file as ours are. @param columns of the file */
export function parquetOptions(columns: number, about: readonly (readonly [string, string])[]): Sql {
	const keys = join(about.map(([key, value]) => sql`${text(key)}: ${text(value)}`));
	return sql`FORMAT parquet, PARQUET_VERSION v2, COMPRESSION zstd, ROW_GROUP_SIZE ${groupRows(columns)}, DICTIONARY_SIZE_LIMIT ${DICTIONARY}, USE_TMP_FILE false, KV_METADATA {${keys}}`;
}

export const parquet: Format = {
	name: "parquet",
	extensions: ["parquet"],
	about: "Parquet (v2 encodings, zstd)",
	binary: true,
	perStream: true,
	pipes: false,
	async write(input, [stream], { path }) {
		const options = parquetOptions(stream!.columns.length + 3, about(input, stream!));
		const from = await input.relation(stream!);
		await input.run(sql`COPY (FROM ${from}) TO ${text(path!)} (${options})`, valuesOf(stream!));
	},
};
