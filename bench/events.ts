// SPDX-License-Identifier: Apache-2.0
/** Measures the macros for events and distributions on a file with two threads, against one pass over the same
 *  column. */
import type { DuckDBConnection } from "@duckdb/node-api";
import { makeRecording } from "../test/support/made.js";
import { type Benchmark, type Figure, pick } from "./benchmark.js";
import { inScratch, withFile } from "./recording.js";
import { median, spread } from "./statistics.js";

const PERIOD_NS = 10_000;
const ROUNDS = 5;

/** Two counters that move in bursts of 37 of 1000 ticks; b follows a five ticks later. One tick in 100,003 is
 *  missing. */
const rows = (
	ticks: number,
): string => `SELECT tick, sum(a) OVER (ORDER BY tick)::UBIGINT AS a, sum(b) OVER (ORDER BY tick)::UBIGINT AS b
	FROM (SELECT range AS tick, CASE WHEN range % 1000 < 37 THEN 20 + hash(range) % 20 ELSE hash(range) % 2 END AS a,
		CASE WHEN range % 1000 BETWEEN 5 AND 41 THEN 1000 + hash(range * 7) % 20 ELSE hash(range * 3) % 2 END AS b
		FROM range(${ticks}) WHERE range % 100003 <> 777)`;

async function seconds(connection: DuckDBConnection, sql: string): Promise<number> {
	const begin = performance.now();
	await connection.runAndReadAll(sql);
	return (performance.now() - begin) / 1000;
}

/** The question and the reference alternate, so that both meet the same load. */
async function figure(connection: DuckDBConnection, what: string, sql: string, atMost?: number): Promise<Figure> {
	const asked: number[] = [];
	const bare: number[] = [];
	for (let round = 0; round <= ROUNDS; round++) {
		bare.push(await seconds(connection, "SELECT sum(a), max(tick), max(ts) FROM bench"));
		asked.push(await seconds(connection, sql));
	}
	/* The first round reads the file into memory and does not count. */
	const [times, references] = [asked.slice(1), bare.slice(1)];
	return {
		what,
		unit: "s",
		value: median(times),
		...(atMost === undefined ? {} : { goal: { atMost } }),
		reference: { what: "one pass over a counter and its times", value: median(references) },
		note: `${spread(times)} in ${ROUNDS} rounds`,
	};
}

type Case = readonly [what: string, sql: string, atMost?: number];

const large: readonly Case[] = [
	["bursts", "SELECT count(*) FROM bursts('bench', 'a', 2000000, merge := '1 ms')", 1],
	["stalls", "SELECT count(*) FROM stalls('bench', 'a', '50 us')"],
	["crossings", "SELECT count(*) FROM crossings('bench', 'a', 2000000)"],
	["rate_percentiles", "SELECT count(*) FROM rate_percentiles('bench', 'a')"],
	["unchanged, two counters", "SELECT count(*) FROM unchanged('bench')"],
];

const small: readonly Case[] = [
	["xcorr, 101 lags of one tick", "SELECT count(*) FROM xcorr('bench', 'a', 'bench', 'b', '500 us')", 2],
	["xcorr, 101 lags up to 100 ms", "SELECT count(*) FROM xcorr('bench', 'a', 'bench', 'b', '100 ms')", 2],
	["leads, up to 10 ms", "SELECT count(*) FROM leads('bench', 'a', 'bench', 'b', '10 ms')"],
	["dominant_period, up to 100 ms", "SELECT count(*) FROM dominant_period('bench', 'a', '100 ms')"],
];

const measure = (ticks: number, cases: readonly Case[]): Promise<Figure[]> =>
	inScratch(async (path) => {
		const counters = [{ id: "bench:a" }, { id: "bench:b" }];
		await makeRecording(path, [{ period_ns: PERIOD_NS, counters, rows: rows(ticks) }]);
		return withFile(path, async (connection) => {
			await connection.run("SET threads = 2");
			const figures: Figure[] = [];
			for (const [what, sql, atMost] of cases)
				figures.push(await figure(connection, `${what}, ${ticks / 1e6} M rows`, sql, atMost));
			return figures;
		});
	});

export const events: Benchmark = {
	name: "events",
	title: "Events and distributions in SQL",
	async run(effort) {
		return {
			figures: [
				...(await measure(pick(effort, 10_000_000, 1_000_000), large)),
				...(await measure(pick(effort, 1_000_000, 100_000), small)),
			],
		};
	},
};
