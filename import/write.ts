// SPDX-License-Identifier: Apache-2.0
/** Turns the staged rows into the tables of a recording: rows, gaps, marks, and what was delivered. */
import { failure } from "../base/errors.js";
import { join, optionalText, name as quoted, type Sql, sql, text, timestamp } from "../storage/sql.js";
import type { Plan } from "./import-plan.js";
import type { Row, Staging } from "./staging.js";

const BY_COUNT = 500;

/** Writes the rows in order of their ticks. Of rows with the same tick the first is kept. @returns how many were left
 *  out */
export async function writeRows(staging: Staging, plan: Plan): Promise<number> {
	const { stream, ns, tick, read_ns, values } = plan;
	const cell = (i: number): Sql => quoted(`v${i}`);
	const cells = join(values.map((value, i) => sql`${value} AS ${cell(i)}`));
	const rows = sql`SELECT ${ns} AS ns, ${tick} AS tick, ${read_ns} AS read_ns, ${cells} FROM staging.rows WHERE ${ns} IS NOT NULL`;
	await staging.run(sql`INSERT INTO ${quoted(stream.name)}
		SELECT make_timestamp_ns(ns), tick, read_ns, ${join(values.map((_, i) => cell(i)))}
		FROM (SELECT *, lag(tick) OVER () AS previous FROM (${rows})) WHERE previous IS NULL OR tick > previous`);
	const { left } = await staging.row(
		sql`SELECT (SELECT count(*) FROM staging.rows WHERE ${ns} IS NOT NULL) - (SELECT count(*) FROM ${quoted(stream.name)}) AS "left"`,
	);
	return Number(left);
}

async function insertTold(staging: Staging, { stream, gaps }: Plan): Promise<void> {
	for (let i = 0; i < gaps.length; i += BY_COUNT) {
		const rows = gaps
			.slice(i, i + BY_COUNT)
			.map(
				([first, ticks, reason, at]) =>
					sql`(${text(stream.name)}, ${first}, ${ticks}, ${text(reason)}, ${timestamp(at)})`,
			);
		await staging.run(sql`INSERT INTO gaps VALUES ${join(rows)}`);
	}
}

/**
 * Writes the gaps that the input has. Every other tick without a row becomes `absent`: up to the last scheduled tick
 * where that is known, else up to the last row. Fails when a tick is both a row and in a gap, or in two gaps.
 */
export async function writeGaps(staging: Staging, plan: Plan, file: string): Promise<void> {
	const { name } = plan.stream;
	const [table, stream] = [quoted(name), text(name)];
	await insertTold(staging, plan);
	/* From here on: intervals [a, b) of ticks. A hole is one without rows. */
	await staging.run(sql`CREATE TABLE staging.holes AS
		SELECT previous + 1 AS a, tick AS b
		FROM (SELECT tick::HUGEINT AS tick, coalesce(lag(tick::HUGEINT) OVER (), -1) AS previous FROM ${table}) WHERE tick > previous + 1`);
	const { next_tick } = await staging.row(sql`SELECT coalesce(max(tick)::HUGEINT + 1, 0) AS next_tick FROM ${table}`);
	const end = next_tick as bigint;
	await staging.run(sql`CREATE TABLE staging.covered AS
		SELECT first_tick::HUGEINT AS a, first_tick::HUGEINT + ticks AS b FROM gaps WHERE stream = ${stream} AND ticks > 0
		UNION ALL
		SELECT * FROM (SELECT coalesce(lag(b) OVER (ORDER BY a), 0) AS a, a AS b FROM (FROM staging.holes UNION ALL SELECT ${end}, ${end}))
		WHERE b > a`);
	const { twice } = await staging.row(
		sql`SELECT count(*) AS twice FROM (SELECT a, lag(b) OVER (ORDER BY a, b) AS previous FROM staging.covered) WHERE a < previous`,
	);
	if (twice !== 0n) throw failure(`${file} has gaps at ticks that it has rows for, so it is damaged; export it again`);
	const scheduled = plan.delivered?.ticks_scheduled ?? 0n;
	await staging.run(sql`INSERT INTO gaps
		SELECT ${stream}, previous, a - previous, 'absent', make_timestamp_ns((${plan.started_ns} + previous * ${plan.stream.period_ns})::BIGINT)
		FROM (SELECT a, coalesce(lag(b) OVER (ORDER BY a, b), 0) AS previous
			FROM (FROM staging.covered UNION ALL SELECT greatest(max(b), ${scheduled}), NULL FROM staging.covered))
		WHERE a > previous ORDER BY previous`);
}

export async function writeMarks(staging: Staging, { marks }: Plan): Promise<void> {
	for (let i = 0; i < marks.length; i += BY_COUNT) {
		const rows = marks
			.slice(i, i + BY_COUNT)
			.map(([ts, name, detail]) => sql`(${timestamp(ts)}, ${text(name)}, ${optionalText(detail)})`);
		await staging.run(sql`INSERT INTO marks VALUES ${join(rows)}`);
	}
}

/** Computes from the rows how they were read. */
async function measured(staging: Staging, { stream, started_ns, madeTicks, values }: Plan): Promise<Row> {
	const quantiles = (name: string, value: Sql, known: Sql): Sql =>
		join([
			...(["0.5", "0.99"] as const).map(
				(p, i) =>
					sql`approx_quantile(${value}, ${Number(p)}) FILTER (${known})::UBIGINT AS ${quoted(`${name}_p${["50", "99"][i]}_ns`)}`,
			),
			sql`max(${value}) FILTER (${known})::UBIGINT AS ${quoted(`${name}_max_ns`)}`,
		]);
	const late = sql`greatest(ns - (${started_ns} + tick::HUGEINT * ${stream.period_ns}), 0)::DOUBLE`;
	const told = sql`${!madeTicks}`;
	const known = join(
		stream.columns.map(({ name }) => sql`(${quoted(name)} IS NOT NULL)::INTEGER`),
		sql` + `,
	);
	return staging.row(sql`SELECT count(*) AS rows_stored, ${quantiles("achieved", sql`ns - previous`, sql`tick = previous_tick + 1`)},
		${quantiles("lateness", late, told)}, ${quantiles("read", sql`read_ns`, told)},
		count(*) * ${values.length} - sum(${known}) AS null_values
		FROM (SELECT *, epoch_ns(ts) AS ns, lag(epoch_ns(ts)) OVER () AS previous, lag(tick) OVER () AS previous_tick FROM ${quoted(stream.name)})`);
}

/** Completes `streams` and checks: ticks scheduled = rows stored + ticks in gaps. */
export async function writeDelivered(staging: Staging, plan: Plan): Promise<{ rows: number; gapTicks: number }> {
	const stream = text(plan.stream.name);
	const found = (await measured(staging, plan)) as Record<string, bigint | null>;
	const { gap_ticks } = await staging.row(
		sql`SELECT coalesce(sum(ticks), 0)::UBIGINT AS gap_ticks FROM gaps WHERE stream = ${stream}`,
	);
	const [rows, missing] = [found.rows_stored as bigint, gap_ticks as bigint];
	const columns: Record<string, bigint | null> = {
		last_errno: 0n,
		...found,
		...plan.delivered,
		rows_stored: rows,
		gap_ticks: missing,
		ticks_scheduled: rows + missing,
	};
	const assignments = Object.entries(columns).map(([column, value]) => sql`${quoted(column)} = ${value}`);
	await staging.run(sql`UPDATE streams SET ${join(assignments)} WHERE name = ${stream}`);
	return { rows: Number(rows), gapTicks: Number(missing) };
}
