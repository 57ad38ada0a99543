// SPDX-License-Identifier: Apache-2.0
/** Computes how much of what was scheduled was seen, stream by stream, so that a reader knows how far to trust an
 *  answer. */
import type { Row } from "../storage/recording.js";
import { join, name, type Sql, sql, text } from "../storage/sql.js";
import { streamsOf } from "./holdings.js";
import { rowsOf, type Session } from "./session.js";

/** A span of time in nanoseconds since 1970, UTC: from the first, up to and not including the second. */
export interface Span {
	readonly from_ns: bigint;
	readonly to_ns: bigint;
}

/** Coverage of one stream in a span. As far as the recording says, scheduled = seen + in_gaps. */
export interface StreamCoverage {
	/** The stream as a statement names it: with the name of its recording, as in "other.net", where that was given. */
	readonly stream: string;
	/** The span that was asked for; without one, from the first to the last scheduled tick. null: nothing was
	 *  scheduled. */
	readonly span: Span | null;
	/** Number of ticks that were due in the span; null where rows are events, which are not scheduled, and a span was
	 *  asked for. */
	readonly scheduled: number | null;
	/** Number of ticks that were stored as rows; for events, number of rows. */
	readonly seen: number;
	/** Number of ticks in the gap ledger, for any reason; null where the number in a span is not known, as between
	 *  events. */
	readonly in_gaps: number | null;
}

/** What to cover: streams of the first recording of a session, unless another recording is named. */
export interface CoverageOptions {
	/** Default: all streams. */
	readonly streams?: readonly string[] | null;
	/** Default: the whole time for which each stream was recorded. */
	readonly span?: Span | null;
	/** The name of an attached recording in statements. */
	readonly recording?: string;
}

const nsOf = (ns: bigint): Sql => sql`${ns}::UBIGINT`;

/** Selects the columns first and after: the span has the ticks from `first` up to and not including `after`. */
const ticksOf = (span: Span | null): Sql =>
	span
		? sql`_tick_at(${nsOf(span.from_ns)}, start_ns, pace, bits, ticks) AS first, _tick_at(${nsOf(span.to_ns)}, start_ns, pace, bits, ticks) AS after`
		: sql`0::UBIGINT AS first, ticks AS after`;

/** @param named the stream as a statement names it
 *  @param from "", or the name of its recording with a dot, for its tables */
const ofTicks = (stream: string, named: string, from: Sql, span: Span | null): Sql => sql`
	SELECT ${text(named)} AS stream, after - first AS scheduled,
		(start_ns + _due(first, pace, bits))::BIGINT AS from_ns, (start_ns + _due(after, pace, bits))::BIGINT AS to_ns,
		(SELECT count(*) FROM ${from}${name(stream)} WHERE tick >= first AND tick < after) AS seen,
		(SELECT coalesce(sum(least(first_tick + ticks, after) - greatest(first_tick, first)), 0) FROM ${from}gaps
			WHERE stream = ${text(stream)} AND first_tick < after AND first_tick + ticks > first) AS in_gaps
	FROM (SELECT *, ${ticksOf(span)} FROM _schedule(${text(named)}))`;

const ofEvents = (stream: string, named: string, from: Sql, span: Span | null): Sql =>
	span
		? sql`SELECT ${text(named)} AS stream, NULL AS scheduled, ${span.from_ns} AS from_ns, ${span.to_ns} AS to_ns,
			(SELECT count(*) FROM ${from}${name(stream)} WHERE epoch_ns(ts) >= ${span.from_ns} AND epoch_ns(ts) < ${span.to_ns}) AS seen,
			NULL AS in_gaps`
		: sql`SELECT *, seen + in_gaps AS scheduled FROM (SELECT ${text(named)} AS stream,
			(SELECT epoch_ns(started_at) FROM ${from}recording) AS from_ns, (SELECT epoch_ns(max(ts)) + 1 FROM ${from}${name(stream)}) AS to_ns,
			(SELECT count(*) FROM ${from}${name(stream)}) AS seen,
			(SELECT coalesce(sum(ticks), 0) FROM ${from}gaps WHERE stream = ${text(stream)}) AS in_gaps)`;

const countOf = (value: Row[string]): number | null => (value === null || value === undefined ? null : Number(value));

function coverageFrom(row: Row, span: Span | null): StreamCoverage {
	const known = row.from_ns !== null && row.to_ns !== null;
	return {
		stream: String(row.stream),
		span: span ?? (known ? { from_ns: BigInt(row.from_ns as bigint), to_ns: BigInt(row.to_ns as bigint) } : null),
		scheduled: countOf(row.scheduled!),
		seen: Number(row.seen),
		in_gaps: countOf(row.in_gaps!),
	};
}

/** Asks one statement, so that all streams are covered as of one commit. In a recording that is being written this is
 *  the last commit, which may be later than the commit of an earlier answer. */
export async function coverageOf(session: Session, options: CoverageOptions = {}): Promise<StreamCoverage[]> {
	const { streams = null, span = null, recording = "" } = options;
	const from = recording === "" ? sql`` : sql`${name(recording)}.`;
	const held = await streamsOf(session, from);
	const asked = held.filter((row) => streams === null || streams.includes(String(row.name)));
	if (asked.length === 0) return [];
	const parts = asked.map(({ name, events }) => {
		const stream = String(name);
		const named = recording === "" ? stream : `${recording}.${stream}`;
		return (events === true ? ofEvents : ofTicks)(stream, named, from, span);
	});
	const rows = await rowsOf(session, join(parts, sql` UNION ALL BY NAME `));
	return rows.map((row) => coverageFrom(row, span));
}
