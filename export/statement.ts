// SPDX-License-Identifier: Apache-2.0
/**
 * The one SQL statement that gives the rows of a stream as a selection wants them. Counter arithmetic is `_step` of the macros that
 * the recording carries (queries/prelude.sql), so that an export says what `deltas` and `rate` say.
 */
import { assert } from "../base/errors.js";
import type { CellType } from "../kernel/source.js";
import { quote } from "../storage/quote.js";
import type { ExportColumn } from "./input.js";
import type { Chosen, Counted, Selection } from "./selection.js";

const sqlTypes: Readonly<Record<CellType, string>> = { u64: "UBIGINT", i64: "BIGINT", f64: "DOUBLE" };
const at = (ns: bigint): string => `make_timestamp_ns(${ns})`;

/** The time that is asked for, as a condition on ts. */
function inTime({ from_ns, to_ns }: Pick<Selection, "from_ns" | "to_ns">): string {
	const bounds = [
		...(from_ns === null ? [] : [`ts >= ${at(from_ns)}`]),
		...(to_ns === null ? [] : [`ts < ${at(to_ns)}`]),
	];
	return bounds.length ? bounds.join(" AND ") : "true";
}

/** Columns of the steps that no counter of a recording can be called: theirs begin with a letter. */
const before = (name: string): string => quote(`_before_${name}`);
const moved = ({ of }: Chosen): boolean => of.semantics === "counter";

/** The rows of the selected time as they were stored. */
const stored = (stream: string, selection: Selection, chosen: readonly Chosen[]): string =>
	`SELECT ts, tick, read_ns, ${chosen.map(({ of }) => quote(of.name)).join(", ")} FROM ${quote(stream)} WHERE ${inTime(selection)}`;

/**
 * The rows with what each counter moved by since the row before in its place, and the time since then as _dt_ns; null where a tick is
 * missing between the two. The row before the selected time is looked at too, so that the first has its step.
 */
function steps(stream: string, selection: Selection, chosen: readonly Chosen[]): string {
	const { from_ns, to_ns } = selection;
	const table = quote(stream);
	const first = from_ns === null ? "0" : `(SELECT coalesce(max(tick), 0) FROM ${table} WHERE ts < ${at(from_ns)})`;
	const lags = chosen.filter(moved).map(({ of }) => `lag(${quote(of.name)}) OVER () AS ${before(of.name)}`);
	const cells = chosen.map((one) => {
		const name = quote(one.of.name);
		if (!moved(one)) return name;
		return `CASE WHEN tick = _tick + 1 THEN _step(${name}, ${before(one.of.name)}, _highest(${one.of.width})::UBIGINT)::${sqlTypes[one.of.type]} END AS ${name}`;
	});
	return `SELECT ts, tick, read_ns, CASE WHEN tick = _tick + 1 THEN epoch_ns(ts) - _ns END AS _dt_ns, ${cells.join(", ")}
FROM (SELECT ${["ts", "tick", "read_ns", ...chosen.map(({ of }) => quote(of.name)), "lag(tick) OVER () AS _tick", "lag(epoch_ns(ts)) OVER () AS _ns", ...lags].join(", ")}
	FROM ${table} WHERE tick >= ${first} AND ${inTime({ from_ns: null, to_ns })})
WHERE ${inTime({ from_ns, to_ns: null })}`;
}

/** One column of one row, in its form. */
function cell({ name: counter }: Counted, { as }: ExportColumn): string {
	return as === "rate" ? `${quote(counter)} * 1e9 / _dt_ns` : quote(counter);
}

/** One column of a bucket. */
function overBucket(of: Counted, column: ExportColumn): string {
	const value = cell(of, column);
	const name = quote(of.name);
	switch (column.part) {
		case "min":
		case "max":
			return `${column.part}(${value})`;
		case "first":
			return `arg_min_null(${value}, tick)`;
		case "sum":
			return `sum(${value})::${sqlTypes[column.type]}`;
		case "mean":
			/* Over its time: rates of unequal steps count by their length. */
			return column.as === "rate" ? `sum(${name}) * 1e9 / sum(_dt_ns) FILTER (${name} IS NOT NULL)` : `avg(${value})`;
		default:
			assert(false, "a column of a bucket is a part of it");
	}
}

/** ts, tick, read_ns and the exported columns, in order of ticks. @param started_ns begin of bucket 0 */
export function statementOf(
	stream: string,
	chosen: readonly Chosen[],
	selection: Selection,
	started_ns: bigint,
): string {
	const rows = (selection.as === "value" || !chosen.some(moved) ? stored : steps)(stream, selection, chosen);
	const { bucket_ns } = selection;
	const each = (give: (of: Counted, column: ExportColumn) => string): string =>
		chosen
			.flatMap(({ of, columns }) => columns.map((column) => `${give(of, column)} AS ${quote(column.name)}`))
			.join(", ");
	if (bucket_ns === null) return `SELECT ts, tick, read_ns, ${each(cell)} FROM (${rows})`;
	return `SELECT min(ts) AS ts, _bucket::UBIGINT AS tick, arg_min(read_ns, tick) AS read_ns, ${each(overBucket)}
FROM (SELECT *, (epoch_ns(ts) - ${started_ns}) // ${bucket_ns} AS _bucket FROM (${rows})) GROUP BY _bucket ORDER BY _bucket`;
}
