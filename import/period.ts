// SPDX-License-Identifier: Apache-2.0
/** Finds the ticks of rows that have none, or their period: from the time between rows and their order. */
import { failure, usageError } from "../base/errors.js";
import { formatCount } from "../base/units.js";
import { type Sql, sql } from "../storage/sql.js";
import type { Staging } from "./staging.js";

export interface Ticks {
	readonly first_ns: bigint;
	/** The period; it need not be a whole number. */
	readonly period_ns: number;
	readonly notes: readonly string[];
}

const times = (ns: Sql): Sql =>
	sql`(SELECT ns, lag(ns) OVER () AS previous FROM (SELECT ${ns} AS ns FROM staging.rows) WHERE ns IS NOT NULL)`;

/** The nearest period that a person would choose: 1, 2, 2.5 or 5 times a power of ten, or a part or multiple of a
 *  minute. */
function round(period_ns: number): number {
	const decade = 10 ** Math.floor(Math.log10(period_ns));
	const minutes = [15, 30, 60, 120, 300, 600, 900, 1800, 3600].map((s) => s * 1e9);
	return [...[1, 2, 2.5, 5, 10].map((n) => n * decade), ...minutes].reduce((best, candidate) =>
		Math.abs(candidate - period_ns) < Math.abs(best - period_ns) ? candidate : best,
	);
}

/** Sorts the rows by time where they are not sorted. @returns a note about it */
async function sort(staging: Staging, ns: Sql): Promise<string[]> {
	const row = await staging.row(sql`SELECT count(*) FILTER (ns < previous) AS backwards FROM ${times(ns)}`);
	if (row.backwards === 0n) return [];
	await staging.run(sql`CREATE TABLE staging.sorted AS FROM staging.rows ORDER BY ${ns}`);
	await staging.dropRows();
	await staging.run(sql`ALTER TABLE staging.sorted RENAME TO rows`);
	return [`time goes backwards in ${formatCount(row.backwards as bigint, "place")}; the rows were sorted`];
}

/** The period of rows that have ticks, over their whole length; the round period nearby, unless the last row would be
 *  off by a tick. */
async function told(staging: Staging, ns: Sql): Promise<number | null> {
	const { span, ticks } = await staging.row(
		sql`SELECT (max(${ns}) - min(${ns}))::DOUBLE AS span, (max(tick) - min(tick))::DOUBLE AS ticks FROM staging.rows`,
	);
	if (!(Number(ticks) > 0)) return null;
	const chosen = round(Number(span) / Number(ticks));
	return Math.abs(chosen * Number(ticks) - Number(span)) < chosen ? chosen : Number(span) / Number(ticks);
}

/** The typical time between rows, made exact over the whole length: rounding errors of a median would add up to
 *  ticks. */
async function fit(staging: Staging, ns: Sql, file: string): Promise<number> {
	const { median } = await staging.row(
		sql`SELECT approx_quantile(ns - previous, 0.5)::DOUBLE AS median FROM ${times(ns)} WHERE ns > previous`,
	);
	if (median === null)
		throw usageError(`${file} has rows of a single moment, so the time between rows is unknown; give it with --period`);
	const { span, steps } = await staging.row(
		sql`SELECT sum(ns - previous)::DOUBLE AS span, sum(round((ns - previous) / ${Number(median)}))::DOUBLE AS steps FROM ${times(ns)} WHERE ns > previous`,
	);
	const fitted = Number(steps) > 0 ? Number(span) / Number(steps) : Number(median);
	const chosen = round(fitted);
	/* The round period nearby was meant, unless the last row would be off by a quarter of a tick. */
	return Math.abs(chosen - fitted) * Number(steps) < chosen / 4 ? chosen : fitted;
}

/** @param given whether the rows have ticks of their own */
export async function ticksOf(
	staging: Staging,
	ns: Sql,
	given: boolean,
	asked: number | undefined,
	file: string,
): Promise<Ticks> {
	const { rows, timeless, first } = await staging.row(
		sql`SELECT count(*) AS rows, count(*) FILTER (${ns} IS NULL) AS timeless, min(${ns}) AS first FROM staging.rows`,
	);
	if (rows === 0n) throw usageError(`${file} has no rows`);
	if (first === null) throw failure(`no row of ${file} has a time; name another column with --time`);
	const notes = timeless === 0n ? [] : [`left out: ${formatCount(timeless as bigint, "row")} without a time`];
	notes.push(...(await sort(staging, ns)));
	const period_ns = asked ?? (given ? await told(staging, ns) : null) ?? (await fit(staging, ns, file));
	return { first_ns: first as bigint, period_ns, notes };
}
