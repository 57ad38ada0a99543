// SPDX-License-Identifier: Apache-2.0
/**
 * Compares two recordings: for each counter, the distributions of its rate over equal windows of time. One SQL
 * statement a pair of streams, over both attached files; only the answer leaves DuckDB.
 *
 * The effect size is Cliff's delta: the share of pairs of windows in which B is above A minus the share in which B is
 * below A, -1 to 1. It does not depend on the shape of the distributions (N. Cliff 1993, Psychological Bulletin
 * 114:494).
 */
import { join, name, type Sql, sql, text } from "../storage/sql.js";

/** A counter that both recordings have. */
export interface Compared {
	readonly id: string;
	readonly unit: string;
	/** Counters are compared by their rates, gauges and flags by their values. */
	readonly semantics: string;
	/** Bits until it wraps. */
	readonly width: number;
}

/** One of the two recordings, attached under a name, with a stream and the columns of the compared counters. */
export interface Side {
	readonly side: "a" | "b";
	readonly catalog: string;
	readonly stream: string;
	readonly period_ns: number;
	/** Column of each compared counter, in the same order on both sides. */
	readonly columns: readonly string[];
}

interface Expressions {
	/** For each row: by how much the counter moved since the tick before, or the value of a gauge. */
	readonly row: Sql;
	/** For each window: a struct of i, rate, and the bounds slow and fast. */
	readonly window: Sql;
}

/** The column of counter i in a row. */
const cell = (i: number): Sql => name(`v${i}`);

/** The average of a gauge is exact, so both bounds are the average. */
const gauge = (column: Sql, i: number): Expressions => ({
	row: sql`${column}::DOUBLE AS ${cell(i)}`,
	window: sql`{'i': ${i}, 'rate': avg(${cell(i)}), 'slow': avg(${cell(i)}), 'fast': avg(${cell(i)})}`,
});

/* The time of a null is left out too: the divisor is the time in which the counter was seen. */
function moving(column: Sql, i: number, width: number): Expressions {
	const [moved, time] = [sql`sum(${cell(i)}) * 1e9`, sql`sum(dt_ns) FILTER (${cell(i)} IS NOT NULL)`];
	return {
		row: sql`CASE WHEN dt_ns IS NOT NULL THEN _step(${column}, lag(${column}) OVER (), _highest(${width})::UBIGINT) END AS ${cell(i)}`,
		window: sql`{'i': ${i}, 'rate': ${moved} / ${time}, 'slow': ${moved} / (${time} + ${SLACK}),
			'fast': CASE WHEN ${time} > ${SLACK} THEN ${moved} / (${time} - ${SLACK}) ELSE 'inf' END}`,
	};
}

/* A value was read at an unknown moment of its read window. So the true length of a run of ticks differs from the
 * measured one by at most one read window. */
const SLACK = sql`((1 + count(*) FILTER (dt_ns IS NULL)) * max(read_ns))`;

/** Rows (side, i, rate, slow, fast), one for each window and counter. Windows with less than half of their ticks are
 *  left out. */
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
 * Rows, one for each counter that has windows on both sides:
 *   i                   index in `counters`
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
