// SPDX-License-Identifier: Apache-2.0
/**
 * Makes a finished recording without a sampler. Tables, long views and macros are those of a real one; the rows are
 * what a test wants. What the end of a real recording knows (quantiles, the ledger) is computed from the rows.
 */
import { identifier } from "../../base/text.js";
import { type Counter, counterId, type Pacer, type Unit } from "../../kernel/source.js";
import { prelude } from "../../queries/prelude.js";
import type { Ending, RecordedStream } from "../../sampler/recorded.js";
import { nameColumns } from "../../sampler/selection.js";
import { RecordingDatabase } from "../../storage/database.js";
import { text as literal, name as quote, typedByUser } from "../../storage/sql.js";
import { createTables } from "../../storage/tables.js";

/** 14 November 2023, 22:13:20 UTC, a whole second: the deadline of tick 0 unless a test says otherwise. */
export const STARTED_NS = 1_700_000_000_000_000_000n;

export interface MadeCounter {
	/** source:instance/name, or source:name. The column is named after it as in a real recording. */
	readonly id: string;
	readonly unit?: Unit;
	/** Default: counter. */
	readonly semantics?: Counter["semantics"];
	/** Default: 64. */
	readonly width?: number;
	/** Default: u64. */
	readonly type?: Counter["type"];
	readonly help?: string;
	/** Default: as in a real recording. Only the file of a stranger has another one. */
	readonly column?: string;
}

export interface MadeRow {
	readonly tick: number;
	/** Time from the deadline to the start of the read; default: 0. */
	readonly late_ns?: number;
	/** Default: 1000. */
	readonly read_ns?: number;
	/** Values in the order of the counters; a missing one is null. Numbers above 2^53 are bigints, and a column that has
	 *  any holds only bigints: beside a number they would pass through a DOUBLE. */
	readonly values: readonly (bigint | number | null)[];
}

export interface MadeGap {
	readonly first_tick: number;
	readonly ticks: number;
	readonly reason: string;
	/** Time after the start; default: the deadline of the tick after the gap. */
	readonly noticed_ns?: number;
}

export interface MadeStream {
	/** Default: the source. */
	readonly name?: string;
	/** Default: the period of the first counter. */
	readonly source?: string;
	readonly period_ns: number;
	/** Default: sampler, or device where a period is granted. */
	readonly paced_by?: Pacer;
	/** Granted period of a device that samples by itself; default: null. */
	readonly granted_ns?: number;
	readonly counters: readonly MadeCounter[];
	/** Rows in order of their ticks, or a SELECT of `tick`, a column per counter and, if wanted, `ts` (TIMESTAMP_NS) and
	 *  `read_ns`. Without these a row is read at its deadline, in 1000 ns. */
	readonly rows: readonly MadeRow[] | string;
	/** Default: every tick without a row, as `late`. */
	readonly gaps?: readonly MadeGap[];
	/** Number of ticks scheduled; default: up to the last row or gap. */
	readonly ticks?: number;
}

export interface MadeMark {
	/** Time after the start. */
	readonly at_ns: number;
	readonly name: string;
	readonly detail?: string;
}

export interface MadeAbout {
	readonly started_ns?: bigint;
	readonly marks?: readonly MadeMark[];
	readonly host?: string;
	readonly events?: readonly string[];
	readonly command?: readonly string[];
	/** How it ended; null where it was not finalised. */
	readonly ended?: Ending | null;
}

function counterOf({
	id,
	unit = "items",
	semantics = "counter",
	width = 64,
	type = "u64",
	help,
}: MadeCounter): Counter {
	const [source, rest] = [id.slice(0, id.indexOf(":")), id.slice(id.indexOf(":") + 1)];
	const slash = rest.lastIndexOf("/");
	const [instance, name] = slash < 0 ? ["", rest] : [rest.slice(0, slash), rest.slice(slash + 1)];
	return {
		source,
		instance,
		name,
		unit,
		semantics,
		width,
		type,
		help: help ?? `${name} of a made recording.`,
		at: null,
	};
}

function recordedStream(made: MadeStream): RecordedStream {
	const counters = made.counters.map(counterOf);
	const source = made.source ?? counters[0]!.source;
	const columns = nameColumns(counters).map(({ counter: { at: _, ...plain }, name }, i) => {
		return { ...plain, counter: plain.name, id: counterId(plain), name: made.counters[i]!.column ?? name };
	});
	const { name = identifier(source), period_ns, granted_ns } = made;
	const paced_by = made.paced_by ?? (granted_ns === undefined ? "sampler" : "device");
	return { name, source, period_ns, paced_by, ...(granted_ns === undefined ? {} : { granted_ns }), columns };
}

/** SQL from names and numbers of tests, which type like users. */
const run = (database: RecordingDatabase, statement: string): Promise<void> => database.run(typedByUser(statement));

const cell = (value: bigint | number | null | undefined): string =>
	typeof value === "number" ? `'${value}'::DOUBLE` : String(value ?? null);

/** The rows as a SELECT by name. */
function selectRows({ period_ns, rows }: MadeStream, { columns }: RecordedStream, started: bigint): string {
	if (typeof rows === "string") return rows;
	const names = columns.map(({ name }) => quote(name));
	const lines = rows.map(({ tick, late_ns = 0, read_ns = 1000, values }) => {
		const ts = started + BigInt(tick) * BigInt(period_ns) + BigInt(late_ns);
		return `(make_timestamp_ns(${ts}), ${[tick, read_ns].join(", ")}, ${names.map((_, i) => cell(values[i])).join(", ")})`;
	});
	const none = `SELECT ${["ts", "tick", "read_ns", ...names].map((name) => `NULL AS ${name}`).join(", ")} WHERE false`;
	return lines.length === 0 ? none : `FROM (VALUES ${lines.join(", ")}) AS v(ts, tick, read_ns, ${names.join(", ")})`;
}

/** A union by name with nothing adds the two columns that a test may leave out. */
async function fill(
	database: RecordingDatabase,
	made: MadeStream,
	stream: RecordedStream,
	start: bigint,
): Promise<void> {
	const deadline = `make_timestamp_ns(${start} + tick::BIGINT * ${made.period_ns})`;
	await run(
		database,
		`INSERT INTO ${quote(stream.name)} BY NAME
		SELECT * REPLACE (coalesce(ts, ${deadline}) AS ts, coalesce(read_ns, 1000) AS read_ns)
		FROM (SELECT NULL::TIMESTAMP_NS AS ts, NULL::UINTEGER AS read_ns WHERE false
			UNION ALL BY NAME (${selectRows(made, stream, start)}))`,
	);
}

/** The gaps: ticks between rows that do not follow each other. */
const missing = (
	table: string,
	ticks: string,
): string => `SELECT before + 1 AS first_tick, tick - before - 1 AS ticks, 'late' AS reason, NULL AS noticed
	FROM (SELECT tick::BIGINT AS tick, lag(tick::BIGINT, 1, -1) OVER (ORDER BY tick) AS before
		FROM (SELECT tick FROM ${table} UNION ALL SELECT ${ticks})) WHERE tick - before > 1`;

async function addGaps(
	database: RecordingDatabase,
	made: MadeStream,
	stream: RecordedStream,
	start: bigint,
): Promise<void> {
	const table = quote(stream.name);
	const ticks = made.ticks ?? `(SELECT coalesce(max(tick) + 1, 0) FROM ${table})`;
	const listed = made.gaps?.map(
		(gap) =>
			`SELECT ${gap.first_tick} AS first_tick, ${gap.ticks} AS ticks, ${literal(gap.reason)} AS reason, ${gap.noticed_ns ?? "NULL"} AS noticed`,
	);
	if (listed?.length === 0) return;
	await run(
		database,
		`INSERT INTO gaps SELECT ${literal(stream.name)}, first_tick, ticks, reason,
		make_timestamp_ns(${start} + coalesce(noticed, (first_tick + ticks)::BIGINT * ${made.period_ns})) FROM (${listed?.join(" UNION ALL ") ?? missing(table, String(ticks))})`,
	);
}

const quantiles = (prefix: string, value: string): string =>
	`${prefix}_p50_ns = (SELECT quantile_disc(${value}, 0.5) FROM r), ${prefix}_p99_ns = (SELECT quantile_disc(${value}, 0.99) FROM r),
	${prefix}_max_ns = (SELECT max(${value}) FROM r)`;

/** What recordEnd() takes from the ring. */
function finalise({ name, period_ns, columns }: RecordedStream, start: bigint): string {
	const own = `stream = ${literal(name)}`;
	return `WITH r AS (SELECT *, greatest(epoch_ns(ts) - ${start} - tick::BIGINT * ${period_ns}, 0) AS late,
			CASE WHEN tick = lag(tick) OVER (ORDER BY tick) + 1 THEN epoch_ns(ts) - lag(epoch_ns(ts)) OVER (ORDER BY tick) END AS period
		FROM ${quote(name)}), g AS (SELECT coalesce(sum(ticks), 0) AS ticks FROM gaps WHERE ${own})
	UPDATE streams SET rows_stored = (SELECT count(*) FROM r), gap_ticks = (SELECT ticks FROM g),
		ticks_scheduled = (SELECT count(*) FROM r) + (SELECT ticks FROM g), last_errno = 0,
		null_values = (SELECT ${columns.map((c) => `count(*) - count(${quote(c.name)})`).join(" + ")} FROM r),
		${quantiles("achieved", "period")}, ${quantiles("lateness", "late")}, ${quantiles("read", "read_ns")}
	WHERE name = ${literal(name)}`;
}

const sampled = ({ name, period_ns }: RecordedStream, start: bigint): string => `INSERT INTO sampler_stats
	SELECT make_timestamp_ns(${start} + (n + gap)::BIGINT * ${period_ns}), ${literal(name)}, n + gap, n, gap, 0.01, 1000 * n
	FROM (SELECT count(*) AS n FROM ${quote(name)}), (SELECT coalesce(sum(ticks), 0) AS gap FROM gaps WHERE stream = ${literal(name)})`;

const mark = ({ at_ns, name, detail }: MadeMark, start: bigint): string =>
	`INSERT INTO marks VALUES (make_timestamp_ns(${start + BigInt(at_ns)}), ${literal(name)}, ${detail ? literal(detail) : "NULL"})`;

/** Creates the file, which must not exist. Where a test lists the gaps itself, the identity of ticks is up to the
 *  test. */
export async function makeRecording(path: string, made: readonly MadeStream[], about: MadeAbout = {}): Promise<void> {
	const { started_ns: start = STARTED_NS, marks = [], ended = "complete" } = about;
	const streams = made.map(recordedStream);
	const database = await RecordingDatabase.create(path);
	const header = {
		version: "0.0.0",
		wall_offset_ns: start,
		requested_duration_ns: null,
		events: about.events ?? ["made:*"],
		command: about.command ?? null,
		host: about.host ?? "made",
		kernel: "6.1.0",
		cpus: 2,
		wait: "sleep",
		sampler_cpu: -1,
	};
	await createTables(
		database,
		header,
		prelude(),
		streams.map((stream) => ({ stream, ringBytes: 1 << 20 })),
	);
	await run(
		database,
		`UPDATE recording SET started_at = make_timestamp_ns(${start}), start_monotonic_ns = 0, realtime = false, locked = true`,
	);
	for (const [i, stream] of streams.entries()) {
		await fill(database, made[i]!, stream, start);
		await addGaps(database, made[i]!, stream, start);
		await run(database, sampled(stream, start));
		if (ended) await run(database, finalise(stream, start));
	}
	for (const one of marks) await run(database, mark(one, start));
	if (ended)
		await run(
			database,
			`UPDATE recording SET ended = ${literal(ended)}, ended_at = (SELECT max(ts) FROM sampler_stats), sampler_cpu_ns = 0`,
		);
	await database.close();
}
