// SPDX-License-Identifier: Apache-2.0
/** From the staged rows to the tables of a recording: rows, gaps, marks, and what was delivered. */
import { failure } from "../base/errors.js";
import { literal } from "../storage/quote.js";
import type { Plan } from "./plan.js";
import { q, type Row, type Staging } from "./staging.js";

const BY_COUNT = 500;

/** The rows in order of ticks. Of rows that fall on one tick the first is kept. Returns how many were left out. */
export async function writeRows(staging: Staging, plan: Plan): Promise<number> {
	const { stream, ns, tick, read_ns, values } = plan;
	const cells = values.map((value, i) => `${value} AS v${i}`);
	const rows = `SELECT ${ns} AS ns, ${tick} AS tick, ${read_ns} AS read_ns, ${cells.join(", ")} FROM staging.rows WHERE ${ns} IS NOT NULL`;
	await staging.run(`INSERT INTO ${q(stream.name)}
		SELECT make_timestamp_ns(ns), tick, read_ns, ${values.map((_, i) => `v${i}`).join(", ")}
		FROM (SELECT *, lag(tick) OVER () AS previous FROM (${rows})) WHERE previous IS NULL OR tick > previous`);
	const { left } = await staging.row(
		`SELECT (SELECT count(*) FROM staging.rows WHERE ${ns} IS NOT NULL) - (SELECT count(*) FROM ${q(stream.name)}) AS "left"`,
	);
	return Number(left);
}

async function insertTold(staging: Staging, { stream, gaps }: Plan): Promise<void> {
	for (let i = 0; i < gaps.length; i += BY_COUNT) {
		const rows = gaps
			.slice(i, i + BY_COUNT)
			.map(
				([first, ticks, reason, at]) =>
					`(${literal(stream.name)}, ${BigInt(first)}, ${BigInt(ticks)}, ${literal(reason)}, make_timestamp_ns(${BigInt(at)}))`,
			);
		await staging.run(`INSERT INTO gaps VALUES ${rows.join(", ")}`);
	}
}

/**
 * The gaps that the input tells, and as `absent` every other tick without a row: up to the last that was scheduled, where that
 * is known, else up to the last row. Fails when a tick is both a row and in a gap, or in two gaps.
 */
export async function writeGaps(staging: Staging, plan: Plan, file: string): Promise<void> {
	const name = plan.stream.name;
	await insertTold(staging, plan);
	/* From here on, intervals [a, b) of ticks, a hole being one without rows. */
	await staging.run(`CREATE TABLE staging.holes AS
		SELECT previous + 1 AS a, tick AS b
		FROM (SELECT tick::HUGEINT AS tick, coalesce(lag(tick::HUGEINT) OVER (), -1) AS previous FROM ${q(name)}) WHERE tick > previous + 1`);
	const { behind } = await staging.row(`SELECT coalesce(max(tick)::HUGEINT + 1, 0) AS behind FROM ${q(name)}`);
	await staging.run(`CREATE TABLE staging.covered AS
		SELECT first_tick::HUGEINT AS a, first_tick::HUGEINT + ticks AS b FROM gaps WHERE stream = ${literal(name)} AND ticks > 0
		UNION ALL
		SELECT * FROM (SELECT coalesce(lag(b) OVER (ORDER BY a), 0) AS a, a AS b FROM (FROM staging.holes UNION ALL SELECT ${behind}, ${behind}))
		WHERE b > a`);
	const { twice } = await staging.row(
		"SELECT count(*) AS twice FROM (SELECT a, lag(b) OVER (ORDER BY a, b) AS previous FROM staging.covered) WHERE a < previous",
	);
	if (twice !== 0n)
		throw failure(`${file} tells of gaps at ticks for which it has rows; it is damaged, so export it again`);
	const scheduled = plan.delivered?.ticks_scheduled ?? 0;
	await staging.run(`INSERT INTO gaps
		SELECT ${literal(name)}, previous, a - previous, 'absent', make_timestamp_ns((${plan.started_ns} + previous * ${plan.stream.period_ns})::BIGINT)
		FROM (SELECT a, coalesce(lag(b) OVER (ORDER BY a, b), 0) AS previous
			FROM (FROM staging.covered UNION ALL SELECT greatest(max(b), ${scheduled}), NULL FROM staging.covered))
		WHERE a > previous ORDER BY previous`);
}

export async function writeMarks(staging: Staging, { marks }: Plan): Promise<void> {
	for (const [ts, name, detail] of marks)
		await staging.run(
			`INSERT INTO marks VALUES (make_timestamp_ns(${BigInt(ts)}), ${literal(name)}, ${detail === null ? "NULL" : literal(detail)})`,
		);
}

/** What the rows themselves tell of how they were read. */
async function measured(staging: Staging, { stream, started_ns, madeTicks, values }: Plan): Promise<Row> {
	const quantiles = (name: string, value: string, known: string): string =>
		["0.5", "0.99"]
			.map((p, i) => `approx_quantile(${value}, ${p}) FILTER (${known})::UBIGINT AS ${name}_p${["50", "99"][i]}_ns`)
			.concat(`max(${value}) FILTER (${known})::UBIGINT AS ${name}_max_ns`)
			.join(", ");
	const late = `greatest(ns - (${started_ns} + tick::HUGEINT * ${stream.period_ns}), 0)::DOUBLE`;
	return staging.row(`SELECT count(*) AS rows_stored, ${quantiles("achieved", "ns - previous", "tick = previous_tick + 1")},
		${quantiles("lateness", late, String(!madeTicks))}, ${quantiles("read", "read_ns", String(!madeTicks))},
		count(*) * ${values.length} - sum(${stream.columns.map(({ name }) => `(${q(name)} IS NOT NULL)::INTEGER`).join(" + ")}) AS null_values
		FROM (SELECT *, epoch_ns(ts) AS ns, lag(epoch_ns(ts)) OVER () AS previous, lag(tick) OVER () AS previous_tick FROM ${q(stream.name)})`);
}

/** Completes `streams`, having counted: ticks scheduled = rows stored + ticks in gaps. Returns the rows. */
export async function writeDelivered(staging: Staging, plan: Plan): Promise<{ rows: number; gapTicks: number }> {
	const name = literal(plan.stream.name);
	const found = await measured(staging, plan);
	const { gap_ticks } = await staging.row(
		`SELECT coalesce(sum(ticks), 0)::UBIGINT AS gap_ticks FROM gaps WHERE stream = ${name}`,
	);
	const rows = found.rows_stored as bigint;
	const columns = {
		last_errno: 0,
		...found,
		...plan.delivered,
		rows_stored: rows,
		gap_ticks,
		ticks_scheduled: rows + (gap_ticks as bigint),
	};
	const assignments = Object.entries(columns).map(([column, value]) => `${q(column)} = ${value}`);
	await staging.run(`UPDATE streams SET ${assignments.join(", ")} WHERE name = ${name}`);
	return { rows: Number(rows), gapTicks: Number(gap_ticks) };
}
