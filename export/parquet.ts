// SPDX-License-Identifier: Apache-2.0
/** Writes Parquet, one file per stream, through DuckDB: 64-bit integers are delta-encoded, pages compressed with
 *  zstd. */
import { metadata, streamKeys } from "../sampler/batch.js";
import { join, type Sql, sql, text } from "../storage/sql.js";
import type { Format } from "./format.js";
import type { ExportInput, ExportStream } from "./input.js";
import { aboutColumns, aboutRecording } from "./metadata.js";
import { valuesOf } from "./read-selection.js";

/** Values in a row group. Each thread holds one or two groups in memory, 8 MB each. */
const GROUP_VALUES = 1 << 20;
const VECTOR = 2048;

/** The most distinct values for which DuckDB tries a dictionary. Counters have more, and to find that out with DuckDB's
 *  own limit took half of the time (measured). Steps between neighbours take less room anyway. */
const DICTIONARY = 1000;

/** Rows in a row group: whole vectors. */
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

/** The options of COPY for a file like ours. @param columns number of columns in the file */
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
