// SPDX-License-Identifier: Apache-2.0
/**
 * A selection cut in time, between buckets. DuckDB's aggregation keeps all buckets in memory until the last row is read, about 35 bytes
 * for each value of each bucket, and spills too little of that to stay below a limit (measured: 24 columns failed at 200,000 buckets
 * with 128 MB). Rows are in order of time, so an aggregation of each slice after the other gives the same.
 */
import type { Recording } from "../storage/recording.js";
import { name, sql } from "../storage/sql.js";
import type { Recorded } from "./describe.js";
import type { Selection } from "./selection.js";
import { inTime, type Slice } from "./statement.js";

/** Values of the buckets of a slice: 40 MB of the memory of DuckDB, which a slice of a stream of some thousand columns has more of. */
const SLICE_VALUES = 1 << 20;
const LEAST_BUCKETS = 2048;

/** Begins before which a slice may end, with the rows up to the next. @param length_ns null: only one */
async function pieces(
	recording: Recording,
	stream: string,
	selection: Selection,
	started_ns: bigint,
	length_ns: bigint | null,
): Promise<Slice[]> {
	const piece = length_ns === null ? sql`0` : sql`(epoch_ns(ts) - ${started_ns}) // ${length_ns}`;
	const found = await recording.rows(
		sql`SELECT ${piece} AS piece, min(tick) AS first_tick, count(*) AS rows FROM ${name(stream)} WHERE ${inTime(selection)} GROUP BY piece ORDER BY piece`,
	);
	return found.map((row, i) => ({
		from_ns: i === 0 ? selection.from_ns : started_ns + BigInt(Number(row.piece)) * length_ns!,
		to_ns: selection.to_ns,
		first_tick: row.first_tick as bigint,
		rows: Number(row.rows),
	}));
}

/** Neighbours of few rows make few buckets, and become one slice. */
function joined(all: readonly Slice[], most: number): Slice[] {
	const slices: Slice[] = [];
	let buckets = 0;
	for (const piece of all) {
		const more = Math.min(piece.rows, most);
		const last = slices.at(-1);
		const fits = last !== undefined && buckets + more <= most;
		buckets = fits ? buckets + more : more;
		if (fits) slices[slices.length - 1] = { ...last, rows: last.rows + piece.rows };
		else slices.push(piece);
	}
	return slices.map((slice, i) => ({ ...slice, to_ns: slices[i + 1]?.from_ns ?? slice.to_ns }));
}

/** In order of time; none where no row is selected, one where every row is exported. @param columns that are exported */
export async function slicesOf(
	recording: Recording,
	{ name: stream, period_ns }: Recorded,
	selection: Selection,
	started_ns: bigint,
	columns: number,
): Promise<Slice[]> {
	const { bucket_ns } = selection;
	if (bucket_ns === null) return pieces(recording, stream, selection, started_ns, null);
	const most = Math.max(LEAST_BUCKETS, Math.floor(SLICE_VALUES / columns));
	/* Where most buckets stay empty a slice is longer, or there would be one for each row. */
	const length_ns = BigInt(bucket_ns) * BigInt(Math.max(1, Math.ceil(period_ns / bucket_ns))) * BigInt(most);
	return joined(await pieces(recording, stream, selection, started_ns, length_ns), most);
}
