// SPDX-License-Identifier: Apache-2.0
/**
 * Two recordings side by side: per counter, how the distribution of its rate over equal windows of time differs. One SQL
 * statement a stream, over both files attached; only the answer leaves DuckDB.
 *
 * Effect size is Cliff's delta: the share of pairs of windows in which B is above A less the share in which it is below, -1 to
 * 1, whatever the shape of the distributions (N. Cliff 1993, Psychological Bulletin 114:494).
 */
import { join, name, type Sql, sql, text } from "../storage/sql.js";

/** A counter that both recordings have. */
export interface Compared {
	readonly id: string;
	readonly unit: string;
	/** A counter is compared by its rate, a gauge or flag by its value. */
	readonly semantics: string;
	/** Bits until it wraps. */
	readonly width: number;
}

/** One of the two recordings, attached under a name, and where it keeps the counters of a stream. */
export interface Side {
	readonly side: "a" | "b";
	readonly catalog: string;
	readonly stream: string;
	readonly period_ns: number;
	/** Column of each compared counter, in the same order on both sides. */
	readonly columns: readonly string[];
}

interface Expressions {
	/** Of a row: what it moved by since the tick before, or its value. */
	readonly row: Sql;
	/** Of a window: struct of i, rate, and the bounds slow and fast. */
	readonly window: Sql;
}

/** Of counter i, in a row. */
const cell = (i: number): Sql => name(`v${i}`);

/** An average of values has no bounds of its own. */
const gauge = (column: Sql, i: number): Expressions => ({
	row: sql`${column}::DOUBLE AS ${cell(i)}`,
	window: sql`{'i': ${i}, 'rate': avg(${cell(i)}), 'slow': avg(${cell(i)}), 'fast': avg(${cell(i)})}`,
});

/* A null takes its time with it: what is divided by is the time in which the counter could be seen. */
function moving(column: Sql, i: number, width: number): Expressions {
	const [moved, time] = [sql`sum(${cell(i)}) * 1e9`, sql`sum(dt_ns) FILTER (${cell(i)} IS NOT NULL)`];
	return {
		row: sql`CASE WHEN dt_ns IS NOT NULL THEN _step(${column}, lag(${column}) OVER (), _highest(${width})::UBIGINT) END AS ${cell(i)}`,
		window: sql`{'i': ${i}, 'rate': ${moved} / ${time}, 'slow': ${moved} / (${time} + ${SLACK}),
			'fast': CASE WHEN ${time} > ${SLACK} THEN ${moved} / (${time} - ${SLACK}) ELSE 'inf' END}`,
	};
}

/* A value was read at an unknown moment of its read window, so a run of ticks is longer or shorter than it looks by at most
 * one read window. */
const SLACK = sql`((1 + count(*) FILTER (dt_ns IS NULL)) * max(read_ns))`;

/** Rows (side, i, rate, slow, fast), one a window and counter; a window with less than half of its ticks is left out. */
function windows(side: Side, counters: readonly Compared[], window_ns: number): Sql {
	const cells = counters.map(({ semantics, width }, i) => {
		const column = name(side.columns[i]!);
		return semantics === "counter" ? moving(column, i, width) : gauge(column, i);
	});
	return sql`
	SELECT ${text(side.side)} AS side, unnest(cells, recursive := true) FROM (
		SELECT [${join(cells.map(({ window }) => window))}] AS cells FROM (
			SELECT epoch_ns(ts) // ${window_ns} AS w, read_ns, dt_ns, ${join(cells.map(({ row }) => row))} FROM (
				SELECT *, CASE WHEN tick = lag(tick) OVER () + 1 THEN epoch_ns(ts) - lag(epoch_ns(ts)) OVER () END AS dt_ns
				FROM ${name(side.catalog)}.${name(side.stream)}))
		GROUP BY w HAVING count(*) * ${side.period_ns} >= ${window_ns} / 2)`;
}

const figures = ["rate", "slow", "fast"];

const statistics = ({ side }: Side): Sql => {
	const of = (what: Sql): Sql => sql`${what} FILTER (side = ${text(side)})`;
	const three = (column: Sql): Sql =>
		sql`{'mean': ${of(sql`avg(${column})`)}, 'p50': ${of(sql`quantile_cont(${column}, 0.5)`)}, 'p99': ${of(sql`quantile_cont(${column}, 0.99)`)}}`;
	const columns = figures.map((figure) => sql`${three(name(figure))} AS ${name(`${side}_${figure}`)}`);
	return sql`${of(sql`count(*)`)} AS ${name(`${side}_n`)}, ${join(columns)}`;
};

/**
 * Rows, one a counter that has windows on both sides:
 *   i                   place in `counters`
 *   a_n, b_n            windows
 *   a_rate, b_rate      struct of mean, p50, p99 of the rate (per second) or value
 *   a_slow ... b_fast   the same of the slowest and fastest rates that the read windows allow
 *   effect              Cliff's delta
 */
export function comparison(a: Side, b: Side, counters: readonly Compared[], window_ns: number): Sql {
	return sql`
WITH windows AS (${windows(a, counters, window_ns)} UNION ALL ${windows(b, counters, window_ns)}),
ranked AS (
	SELECT *, rank() OVER (PARTITION BY i ORDER BY rate) + (count(*) OVER (PARTITION BY i, rate) - 1) / 2 AS place
	FROM windows WHERE rate IS NOT NULL
)
SELECT i, ${statistics(a)}, ${statistics(b)},
	2 * (sum(place) FILTER (side = 'b') - b_n * (b_n + 1) / 2) / (a_n * b_n) - 1 AS effect
FROM ranked GROUP BY i HAVING a_n > 0 AND b_n > 0 ORDER BY i`;
}
