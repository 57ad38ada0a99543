// SPDX-License-Identifier: Apache-2.0
/** Reads what a recording says of itself, for exports: the run, the counters, the gaps, the marks. */
import { usageError } from "../base/errors.js";
import { nearest } from "../base/text.js";
import type { Pacer } from "../kernel/source.js";
import type { RecordedStream } from "../sampler/recorded.js";
import { damaged, type Recording, type Row } from "../storage/recording.js";
import { name, type Sql, sql, text } from "../storage/sql.js";
import type { Counted, Selection } from "./export-selection.js";
import type { ExportGap, ExportMark } from "./input.js";

/** A row of `streams`: a stream without its counters. */
export type Described = Omit<RecordedStream, "columns">;

/** The table `recording` as text. */
export async function runOf(recording: Recording): Promise<Map<string, string>> {
	const [row] = await recording.rows(sql`SELECT COLUMNS(*)::VARCHAR FROM recording`);
	return new Map(Object.entries(row!).flatMap(([key, value]) => (value === null ? [] : [[key, String(value)]])));
}

export async function runAsJson(recording: Recording): Promise<string> {
	const [row] = await recording.rows(sql`SELECT to_json(r)::VARCHAR AS json FROM (
		SELECT * EXCLUDE (started_at, ended_at) REPLACE (start_monotonic_ns::VARCHAR AS start_monotonic_ns, wall_offset_ns::VARCHAR AS wall_offset_ns,
			sampler_cpu_ns::VARCHAR AS sampler_cpu_ns, requested_duration_ns::VARCHAR AS requested_duration_ns),
			epoch_ns(started_at)::VARCHAR AS started_at_ns, epoch_ns(ended_at)::VARCHAR AS ended_at_ns
		FROM recording) r`);
	return String(row!.json);
}

/** The deadline of tick 0 in nanoseconds since the epoch; 0 in a recording that never started, which has no rows. */
export async function startOf(recording: Recording): Promise<bigint> {
	const [row] = await recording.rows(sql`SELECT coalesce(epoch_ns(started_at), 0) AS ns FROM recording`);
	return row!.ns as bigint;
}

/** The streams with these names; all streams where none is named. */
export async function streamsOf(recording: Recording, names: readonly string[]): Promise<Described[]> {
	const rows = await recording.rows(
		sql`SELECT name, source, period_ns, granted_ns, paced_by FROM ${recording.table("streams")} ORDER BY rowid`,
	);
	const all = rows.map(({ name: stream, source, period_ns, granted_ns, paced_by }) => ({
		name: String(stream),
		source: String(source),
		period_ns: Number(period_ns),
		...(granted_ns === null ? {} : { granted_ns: Number(granted_ns) }),
		paced_by: paced_by as Pacer,
	}));
	const known = all.map((stream) => stream.name);
	for (const wanted of names)
		if (!known.includes(wanted)) {
			const near = nearest(wanted, known);
			throw usageError(
				`there is no stream '${wanted}' in ${recording.path}${near ? `; did you mean '${near}'?` : `; there are ${known.join(", ")}`}`,
			);
		}
	return names.length === 0 ? all : all.filter((stream) => names.includes(stream.name));
}

export async function countersOf(recording: Recording): Promise<Counted[]> {
	const rows =
		await recording.rows(sql`SELECT stream, column_name AS name, id, source, instance, name AS counter, unit, semantics,
		width, type, help FROM ${recording.table("counters")} ORDER BY rowid`);
	return rows.map((row) => counted(recording, row));
}

const types = ["u64", "i64", "f64"] as const;
const semantics = ["counter", "gauge", "flag"] as const;

/** A counter, checked: what formats, SQL and views over memory depend on must be a known word; the rest is text. */
function counted(recording: Recording, row: Row): Counted {
	const texts = ["stream", "name", "id", "source", "instance", "counter", "unit", "help"] as const;
	const [type, kind] = [types.find((one) => one === row.type), semantics.find((one) => one === row.semantics)];
	const width = Number(row.width);
	if (type === undefined || kind === undefined || !(Number.isInteger(width) && width >= 1 && width <= 64))
		throw damaged(recording.path, new Error(`the kind of counter ${row.id} is unknown`));
	const words = Object.fromEntries(texts.map((key) => [key, String(row[key])])) as Pick<
		Counted,
		(typeof texts)[number]
	>;
	return { ...words, semantics: kind, width, type };
}

/** The last time that 64 bits hold, in nanoseconds since the epoch: in the year 2262. */
const FOREVER = (1n << 63n) - 2n;

/** SQL for when a tick was due that has no row beside it. A device keeps its own schedule, so there the row on the
 *  other side of the gap is used. Of events only the time is known when the gap was noticed. @param ahead SQL for the
 *  time of that row, less the ticks between */
function dueSql({ period_ns, granted_ns, paced_by }: Described, started_ns: bigint, tick: Sql, ahead: Sql): Sql {
	if (paced_by === "events") return sql`noticed_at_ns`;
	const ours = sql`${started_ns} + (${tick})::BIGINT * ${granted_ns ?? period_ns}`;
	return granted_ns === undefined ? ours : sql`coalesce(${ahead} * ${granted_ns}, ${ours})`;
}

/** SQL for the gaps of a stream, each with its start and end, taken from the rows beside it. */
const gapsSql = (
	gaps: Sql,
	stream: Described,
	started_ns: bigint,
	{ from_ns, to_ns }: Selection,
): Sql => sql`WITH g AS (SELECT rowid AS n, first_tick, ticks, reason, epoch_ns(noticed_at) AS noticed_at_ns FROM ${gaps} WHERE stream = ${text(stream.name)}),
	edges AS (SELECT tick, epoch_ns(ts) AS ns FROM ${name(stream.name)}
		WHERE tick IN (SELECT first_tick::HUGEINT - 1 FROM g UNION SELECT first_tick + ticks FROM g)),
	timed AS (SELECT first_tick, ticks, reason, noticed_at_ns, n,
		coalesce(a.ns, ${dueSql(stream, started_ns, sql`first_tick`, sql`b.ns - ticks::BIGINT`)}) AS begin_ns,
		coalesce(b.ns, ${dueSql(stream, started_ns, sql`first_tick + ticks`, sql`a.ns + (ticks + 1)::BIGINT`)}) AS end_ns
		FROM g LEFT JOIN edges a ON a.tick = first_tick::HUGEINT - 1 LEFT JOIN edges b ON b.tick = first_tick + ticks)
SELECT ${text(stream.name)} AS stream, first_tick, ticks, reason, noticed_at_ns, begin_ns, end_ns FROM timed
WHERE end_ns >= ${from_ns ?? 0n} AND begin_ns < ${to_ns ?? FOREVER} ORDER BY first_tick, n`;

export async function gapsOf(
	recording: Recording,
	streams: readonly Described[],
	started_ns: bigint,
	selection: Selection,
): Promise<ExportGap[]> {
	const gaps: Row[] = [];
	for (const stream of streams)
		for (const gap of await recording.rows(gapsSql(recording.table("gaps"), stream, started_ns, selection)))
			gaps.push(gap);
	return gaps as unknown as ExportGap[];
}

export async function marksOf(recording: Recording, { from_ns, to_ns }: Selection): Promise<ExportMark[]> {
	const rows = await recording.rows(sql`SELECT epoch_ns(ts) AS ts, name, detail FROM marks
		WHERE epoch_ns(ts) >= ${from_ns ?? 0n} AND epoch_ns(ts) < ${to_ns ?? FOREVER} ORDER BY ts`);
	return rows as unknown as ExportMark[];
}
