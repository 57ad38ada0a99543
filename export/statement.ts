// SPDX-License-Identifier: Apache-2.0
/**
 * The SQL statement that gives the rows of a slice of a stream as a selection wants them. Counter arithmetic is `_step`
 * of the macros that the recording carries (queries/macros), so that an export says what `deltas` and `rate` say.
 */
import { assert } from "../base/errors.js";
import type { CellType } from "../kernel/source.js";
import { join, name, type Sql, sql, timestamp } from "../storage/sql.js";
import type { Chosen, Counted, Selection } from "./export-selection.js";
import type { ExportColumn } from "./input.js";

const sqlTypes: Readonly<Record<CellType, Sql>> = { u64: sql`UBIGINT`, i64: sql`BIGINT`, f64: sql`DOUBLE` };

/** A part of a selection, between two moments. */
export interface Slice extends Pick<Selection, "from_ns" | "to_ns"> {
	/** Tick of its first row. */
	readonly first_tick: bigint;
	readonly rows: number;
}

/** The selected time as a condition on ts. */
export function inTime({ from_ns, to_ns }: Pick<Selection, "from_ns" | "to_ns">): Sql {
	const bounds = [
		...(from_ns === null ? [] : [sql`ts >= ${timestamp(from_ns)}`]),
		...(to_ns === null ? [] : [sql`ts < ${timestamp(to_ns)}`]),
	];
	return bounds.length ? join(bounds, sql` AND `) : sql`true`;
}

/** Names of columns that no counter can have: those of counters start with a letter. */
const before = (column: string): Sql => name(`_before_${column}`);
const moved = ({ of }: Chosen): boolean => of.semantics === "counter";

/** The rows of a slice as they are stored. */
const stored = (stream: string, slice: Slice, chosen: readonly Chosen[]): Sql =>
	sql`SELECT ts, tick, read_ns, ${join(chosen.map(({ of }) => name(of.name)))} FROM ${name(stream)} WHERE ${inTime(slice)}`;

/**
 * The rows, with the change of each counter since the row before in its place, and the time since then as _dt_ns. Both
 * are null where a tick is missing between the two rows. The row before the slice is read, too, so that the first row
 * has its change.
 */
function steps(stream: string, { from_ns, to_ns, first_tick }: Slice, chosen: readonly Chosen[]): Sql {
	const before_first = first_tick === 0n ? 0n : first_tick - 1n;
	const lags = chosen.filter(moved).map(({ of }) => sql`lag(${name(of.name)}) OVER () AS ${before(of.name)}`);
	const cells = chosen.map((one) => {
		const column = name(one.of.name);
		if (!moved(one)) return column;
		return sql`CASE WHEN tick = _tick + 1 THEN _step(${column}, ${before(one.of.name)}, _highest(${one.of.width})::UBIGINT)::${sqlTypes[one.of.type]} END AS ${column}`;
	});
	const read = [...chosen.map(({ of }) => name(of.name)), ...lags];
	return sql`SELECT ts, tick, read_ns, CASE WHEN tick = _tick + 1 THEN epoch_ns(ts) - _ns END AS _dt_ns, ${join(cells)}
FROM (SELECT ts, tick, read_ns, lag(tick) OVER () AS _tick, lag(epoch_ns(ts)) OVER () AS _ns, ${join(read)}
	FROM ${name(stream)} WHERE tick >= ${before_first} AND ${inTime({ from_ns: null, to_ns })})
WHERE ${inTime({ from_ns, to_ns: null })}`;
}

/** One column of one row, in the asked form. */
function cell({ name: counter }: Counted, { as }: ExportColumn): Sql {
	return as === "rate" ? sql`${name(counter)} * 1e9 / _dt_ns` : name(counter);
}

/** One column of a bucket. */
function overBucket(of: Counted, column: ExportColumn): Sql {
	const value = cell(of, column);
	const moved_by = name(of.name);
	switch (column.part) {
		case "min":
			return sql`min(${value})`;
		case "max":
			return sql`max(${value})`;
		case "first":
			return sql`arg_min_null(${value}, tick)`;
		case "sum":
			return sql`sum(${value})::${sqlTypes[column.type]}`;
		case "mean":
			/* A rate is weighted by time, since its steps differ in length. */
			return column.as === "rate"
				? sql`sum(${moved_by}) * 1e9 / sum(_dt_ns) FILTER (${moved_by} IS NOT NULL)`
				: sql`avg(${value})`;
		default:
			assert(false, "a column of a bucket is a part of it");
	}
}

/** ts, tick, read_ns and the exported columns, in order of ticks. @param started_ns start of bucket 0 */
export function statementOf(
	stream: string,
	chosen: readonly Chosen[],
	selection: Pick<Selection, "as" | "bucket_ns">,
	slice: Slice,
	started_ns: bigint,
): Sql {
	const { as, bucket_ns } = selection;
	const rows = (as === "value" || !chosen.some(moved) ? stored : steps)(stream, slice, chosen);
	const each = (give: (of: Counted, column: ExportColumn) => Sql): Sql =>
		join(
			chosen.flatMap(({ of, columns }) => columns.map((column) => sql`${give(of, column)} AS ${name(column.name)}`)),
		);
	if (bucket_ns === null) return sql`SELECT ts, tick, read_ns, ${each(cell)} FROM (${rows})`;
	return sql`SELECT min(ts) AS ts, _bucket::UBIGINT AS tick, arg_min(read_ns, tick) AS read_ns, ${each(overBucket)}
FROM (SELECT *, (epoch_ns(ts) - ${started_ns}) // ${bucket_ns} AS _bucket FROM (${rows})) GROUP BY _bucket ORDER BY _bucket`;
}
