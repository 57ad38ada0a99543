// SPDX-License-Identifier: Apache-2.0
/**
 * Cuts a selection in time, between buckets. DuckDB's aggregation keeps all buckets in memory until the last row is
 * read, about 35 bytes for each value of each bucket, and spills too little of that to stay below a limit (measured: 24
 * columns failed at 200,000 buckets with 128 MB). Rows are in order of time, so aggregating slice after slice gives the
 * same answer.
 */
import type { Recording } from "../storage/recording.js";
import { name, sql } from "../storage/sql.js";
import type { Described } from "./describe.js";
import type { Selection } from "./export-selection.js";
import { inTime, type Slice } from "./statement.js";

/** Values in the buckets of a slice: 40 MB of DuckDB's memory, or more for a stream of some thousand columns. */
const SLICE_VALUES = 1 << 20;
const MIN_BUCKETS = 2048;

/** Times at which a slice may end, each with the number of rows up to the next. @param length_ns null: there is only
 *  one slice */
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

/** Joins neighbouring slices with few rows, which make few buckets. */
function joined(all: readonly Slice[], max: number): Slice[] {
	const slices: Slice[] = [];
	let buckets = 0;
	for (const piece of all) {
		const more = Math.min(piece.rows, max);
		const last = slices.at(-1);
		const fits = last !== undefined && buckets + more <= max;
		buckets = fits ? buckets + more : more;
		if (fits) slices[slices.length - 1] = { ...last, rows: last.rows + piece.rows };
		else slices.push(piece);
	}
	return slices.map((slice, i) => ({ ...slice, to_ns: slices[i + 1]?.from_ns ?? slice.to_ns }));
}

/** The slices in order of time; none where no row is selected, one where every row is exported. @param columns number
 *  of exported columns */
export async function slicesOf(
	recording: Recording,
	{ name: stream, period_ns }: Described,
	selection: Selection,
	started_ns: bigint,
	columns: number,
): Promise<Slice[]> {
	const { bucket_ns } = selection;
	if (bucket_ns === null) return pieces(recording, stream, selection, started_ns, null);
	const max = Math.max(MIN_BUCKETS, Math.floor(SLICE_VALUES / columns));
	/* Where most buckets stay empty a slice covers more time; otherwise there would be one for each row. */
	const length_ns = BigInt(bucket_ns) * BigInt(Math.max(1, Math.ceil(period_ns / bucket_ns))) * BigInt(max);
	return joined(await pieces(recording, stream, selection, started_ns, length_ns), max);
}
