// SPDX-License-Identifier: Apache-2.0
/** Measures the time of macros over many rows of a file on two cores, against a bare aggregate over the same rows. */
import { type DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import { groupBy } from "../base/group-by.js";
import { makeRecording } from "../test/support/made.js";
import { type Benchmark, type Effort, type Figure, pick } from "./benchmark.js";
import { inScratch } from "./recording.js";
import { median, spread } from "./statistics.js";

const THREADS = "2";
/** The period of 1 MHz. */
const PERIOD_NS = 1000;
const MILLION = 1e6;

/** Rows of a stream `s` with the counter `x` (64 bits), the counter `w` (32 bits, wraps every 90 s) and the gauge
 *  `level`. */
const steady = (
	rows: number,
): string => `SELECT range AS tick, make_timestamp_ns(1700000000000000000 + range * ${PERIOD_NS} + (hash(range) % 300)::BIGINT) AS ts,
	(400 + hash(range + 1) % 200)::UINTEGER AS read_ns, range * 37 + (hash(range + 2) % 37)::BIGINT AS x,
	(range * 47 + (hash(range + 3) % 47)::BIGINT) % 4294967296 AS w, (hash(range + 4) % 1000)::BIGINT AS level FROM range(${rows})`;

const recordings: Readonly<Record<string, (rows: number) => string>> = {
	steady,
	/* One tick in a hundred is missing, at random. */
	holed: (rows) => `${steady(rows)} WHERE hash(range + 5) % 100 <> 0`,
};

interface Case {
	readonly what: string;
	/** A key of `recordings`. */
	readonly recording: string;
	readonly rows: number;
	readonly sql: string;
	/** The reference; absent for `bare`. */
	readonly reference?: { readonly what: string; readonly sql: string };
	/** The goal in seconds; absent when the case has none. */
	readonly seconds?: number;
}

const bare = {
	what: "count, min and max a second, without regard to wraps and gaps",
	sql: "SELECT tick // 1000000 AS second, count(*), min(x), max(x) FROM s GROUP BY second",
};

const cases: readonly Case[] = [
	{ what: "moved(), 1 s buckets", recording: "steady", rows: 100 * MILLION, sql: "FROM moved('s', 'x')", seconds: 1 },
	{
		what: "moved(), a counter that wraps",
		recording: "steady",
		rows: 100 * MILLION,
		sql: "FROM moved('s', 'w')",
		seconds: 1,
	},
	{
		what: "bucket(), with the extremes of single reads",
		recording: "steady",
		rows: 100 * MILLION,
		sql: "FROM bucket('s', 'x')",
	},
	{ what: "envelope() of a rate", recording: "steady", rows: 100 * MILLION, sql: "FROM envelope('s', 'x')" },
	{ what: "envelope() of a gauge", recording: "steady", rows: 100 * MILLION, sql: "FROM envelope('s', 'level')" },
	{ what: "sum of deltas()", recording: "steady", rows: 100 * MILLION, sql: "SELECT sum(delta) FROM deltas('s', 'x')" },
	{ what: "moved(), 1 % of the ticks missing", recording: "holed", rows: 100 * MILLION, sql: "FROM moved('s', 'x')" },
];

async function seconds(connection: DuckDBConnection, sql: string): Promise<number> {
	const begin = performance.now();
	await connection.runAndReadAll(sql);
	return (performance.now() - begin) / 1e3;
}

async function measure(connection: DuckDBConnection, effort: Effort, one: Case, rows: number): Promise<Figure> {
	const { what, sql, reference = bare, seconds: asked } = one;
	const [own, other]: [number[], number[]] = [[], []];
	/* Both alternate, so that they meet the same load. The first round also reads the file. */
	for (let round = 0; round < pick(effort, 5, 2); round++) {
		other.push(await seconds(connection, reference.sql));
		own.push(await seconds(connection, sql));
	}
	return {
		what: `${what}, ${rows / MILLION} M rows`,
		unit: "s",
		value: median(own),
		...(asked === undefined ? {} : { goal: { atMost: asked } }),
		reference: { what: reference.what, value: median(other) },
		note: `${spread(own)} in ${own.length} rounds`,
	};
}

/** Measures cases of one recording and of one number of rows. The recording is removed afterwards. */
function measureAll(effort: Effort, recording: string, of: readonly Case[]): Promise<Figure[]> {
	const rows = of[0]!.rows / pick(effort, 1, 50);
	const counters = [{ id: "s:x" }, { id: "s:w", width: 32 }, { id: "s:level", semantics: "gauge" as const }];
	return inScratch(async (path) => {
		const stream = { name: "s", period_ns: PERIOD_NS, counters, rows: recordings[recording]!(rows) };
		/* Not finalised: the statistics at the end of a recording would take longer than the benchmark. */
		await makeRecording(path, [stream], { ended: null });
		const instance = await DuckDBInstance.create(path, { access_mode: "READ_ONLY", threads: THREADS });
		const connection = await instance.connect();
		try {
			const figures: Figure[] = [];
			for (const one of of) figures.push(await measure(connection, effort, one, rows));
			return figures;
		} finally {
			connection.closeSync();
			instance.closeSync();
		}
	});
}

export const queries: Benchmark = {
	name: "queries",
	title: "Macros over many rows, on two cores",
	async run(effort) {
		const groups = groupBy(cases, ({ recording, rows }) => `${recording} ${rows}`);
		const figures: Figure[] = [];
		for (const of of groups.values()) figures.push(...(await measureAll(effort, of[0]!.recording, of)));
		return { figures };
	},
};
