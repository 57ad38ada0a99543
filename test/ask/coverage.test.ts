// SPDX-License-Identifier: Apache-2.0
/** Coverage of answers: what was scheduled, seen and missed in a span, on recordings that are known; and what answers it comes with. */
import assert from "node:assert/strict";
import { before, test } from "node:test";
import fc from "fast-check";
import { contrast } from "../../ask/contrast.js";
import { coverageOf, type Span, type StreamCoverage } from "../../ask/coverage.js";
import { askQuery } from "../../ask/named-query.js";
import { openSession } from "../../ask/open-session.js";
import { rowsOf, type Session } from "../../ask/session.js";
import { askSql } from "../../ask/sql-text.js";
import { findPage } from "../../queries/library.js";
import { sql, typedByUser } from "../../storage/sql.js";
import { scratch } from "../support/folder.js";
import { finish, record } from "../support/live.js";
import { type MadeRow, makeRecording, STARTED_NS } from "../support/made.js";
import { until } from "../support/processes.js";
import { sized } from "../support/size.js";

const file = scratch();
const one = file("one.duckdb");
const other = file("other.duckdb");
const MS = 1_000_000;
const TICKS = 100;
const missed = (tick: number): boolean => (tick >= 10 && tick < 20) || tick === 50 || tick === 99;

const rowsWithout = (absent: (tick: number) => boolean, ticks = TICKS): MadeRow[] =>
	Array.from({ length: ticks }, (_, tick) => ({ tick, values: [tick] })).filter(({ tick }) => !absent(tick));

const at = (ms: number): bigint => STARTED_NS + BigInt(Math.round(ms * MS));
const span = (from: number, to: number): Span => ({ from_ns: at(from), to_ns: at(to) });

before(async () => {
	await makeRecording(one, [
		{ period_ns: MS, counters: [{ id: "net:eth0/rx_bytes" }], rows: rowsWithout(missed), ticks: TICKS },
		{ period_ns: 10 * MS, counters: [{ id: "vm:pgfault" }], rows: rowsWithout(() => false, 10) },
		{
			period_ns: MS,
			paced_by: "events",
			counters: [{ id: "mlx5trace:0/event" }],
			rows: rowsWithout((tick) => tick >= 5 && tick < 8, 20),
		},
	]);
	await makeRecording(other, [
		{ period_ns: MS, counters: [{ id: "net:eth0/rx_bytes" }], rows: rowsWithout((tick) => tick === 7) },
	]);
});

async function asking<T>(paths: readonly string[], ask: (session: Session) => Promise<T>): Promise<T> {
	const session = await openSession(paths);
	try {
		return await ask(session);
	} finally {
		await session.close();
	}
}

const net = (scheduled: number, seen: number, in_gaps: number, spanned: Span): StreamCoverage => ({
	stream: "net",
	span: spanned,
	scheduled,
	seen,
	in_gaps,
});

const table: readonly [what: string, span: Span | null, StreamCoverage][] = [
	["the whole stream", null, net(100, 88, 12, span(0, 100))],
	["a part without gaps", span(20, 50), net(30, 30, 0, span(20, 50))],
	["a part of a gap, from both sides", span(5, 15), net(10, 5, 5, span(5, 15))],
	["a part inside of a gap", span(12, 14), net(2, 0, 2, span(12, 14))],
	["from between two ticks: the first that is due is the next", span(19.5, 21.5), net(2, 2, 0, span(19.5, 21.5))],
	["beyond the end nothing was scheduled", span(95, 500), net(5, 4, 1, span(95, 500))],
	["before the start neither", span(-100, -50), net(0, 0, 0, span(-100, -50))],
];

test("coverage of a stream in a span", async () => {
	await asking([one], async (session) => {
		for (const [what, span, expected] of table)
			assert.deepEqual(await coverageOf(session, { streams: ["net"], span }), [expected], what);
	});
});

test("law: a span is covered as its parts are, and scheduled = seen + in_gaps in each", async () => {
	const cuts = fc.uniqueArray(fc.integer({ min: -10, max: 1100 }), { minLength: 2, maxLength: 6 });
	const sum = (parts: readonly StreamCoverage[], key: "scheduled" | "seen" | "in_gaps"): number =>
		parts.reduce((total, part) => total + part[key]!, 0);
	await asking([one], async (session) => {
		const covered = async (from: number, to: number): Promise<StreamCoverage> =>
			(await coverageOf(session, { streams: ["net"], span: span(from / 10, to / 10) }))[0]!;
		await fc.assert(
			fc.asyncProperty(cuts, async (unsorted) => {
				const places = unsorted.sort((a, b) => a - b);
				const parts: StreamCoverage[] = [];
				for (const [i, to] of places.slice(1).entries()) parts.push(await covered(places[i]!, to));
				const whole = await covered(places[0]!, places.at(-1)!);
				for (const key of ["scheduled", "seen", "in_gaps"] as const) assert.equal(sum(parts, key), whole[key], key);
				for (const part of [whole, ...parts]) assert.equal(part.scheduled, part.seen + part.in_gaps!);
			}),
			{ numRuns: sized(20, 200) },
		);
	});
});

test("events are not scheduled: those of the whole recording are known, and of a span only those that were stored", async () => {
	await asking([one], async (session) => {
		const streams = ["mlx5trace"];
		const whole = { stream: "mlx5trace", span: { from_ns: at(0), to_ns: at(19) + 1n } };
		assert.deepEqual(await coverageOf(session, { streams }), [{ ...whole, scheduled: 20, seen: 17, in_gaps: 3 }]);
		assert.deepEqual(await coverageOf(session, { streams, span: span(4, 10) }), [
			{ stream: "mlx5trace", span: span(4, 10), scheduled: null, seen: 3, in_gaps: null },
		]);
	});
});

const covers = async (session: Session, name: string, parameters: Record<string, string> = {}): Promise<string[]> => {
	const answer = await askQuery(session, findPage(name), { parameters, streams: [] });
	for await (const _ of answer.chunks);
	return (await answer.coverage()).map(({ stream }) => stream);
};

test("an answer of a named query covers the streams that the query reads", async () => {
	await asking([one], async (session) => {
		assert.deepEqual(await covers(session, "moved", { stream: "vm" }), ["vm"]);
		assert.deepEqual(await covers(session, "rates", { counter: "net:eth0/rx_bytes" }), ["net"]);
		assert.deepEqual(await covers(session, "faults"), ["vm"], "a need of the page");
		assert.deepEqual(await covers(session, "moved-first", { a: "net:eth0/rx_bytes", b: "vm:pgfault" }), ["net", "vm"]);
		assert.deepEqual(await covers(session, "completeness"), ["net", "vm", "mlx5trace"], "all of the recording");
	});
});

test("coverage instead of the rows, and the session can be asked again", async () => {
	await asking([one], async (session) => {
		const answer = await askQuery(session, findPage("moved"), { parameters: { stream: "net" }, streams: [] });
		assert.deepEqual(await answer.coverage(), [net(100, 88, 12, span(0, 100))]);
		assert.equal((await rowsOf(session, sql`SELECT 1 AS x`))[0]!.x, 1);
	});
});

test("a comparison covers the streams of both recordings", async () => {
	await asking([one, other], async (session) => {
		const { coverage } = await contrast(session, () => true, null);
		assert.deepEqual(await coverage(), {
			a: [{ ...net(100, 88, 12, span(0, 100)), stream: "one.net" }],
			b: [{ ...net(100, 99, 1, span(0, 100)), stream: "other.net" }],
		});
	});
});

test("SQL covers the streams that it names, and all where it names none", async () => {
	const table: readonly [statements: string, streams: string[]][] = [
		["SELECT count(*) FROM net_long", ["net"]],
		["FROM rate('net', 'net:eth0/rx_bytes'); FROM VM", ["net", "vm"]],
		["FROM completeness()", ["net", "vm", "mlx5trace"]],
		["FROM other.net", ["net", "other.net"]],
	];
	await asking([one, other], async (session) => {
		for (const [statements, streams] of table) {
			const { answers, coverage } = askSql(session, typedByUser(statements));
			for await (const { chunks } of answers) for await (const _ of chunks);
			assert.deepEqual(
				(await coverage()).map(({ stream }) => stream),
				streams,
				statements,
			);
		}
	});
});

test("while recording, coverage is of the last commit, whatever was read of the answer", async () => {
	const live = await record(file("live.duckdb"), "synthetic:0/*@1kHz");
	await asking([live.path], async (session) => {
		await until("rows are committed", async () => (await coverageOf(session))[0]?.seen !== 0);
		const answer = await askQuery(session, findPage("moved"), { parameters: {}, streams: [] });
		const [covered] = await answer.coverage();
		assert.equal(covered!.stream, "synthetic");
		assert.equal(covered!.scheduled, covered!.seen + covered!.in_gaps!);
		await assert.rejects(async () => {
			for await (const _ of answer.chunks);
		}, /another answer was asked for before this one was read to its end/);
		assert.deepEqual(await covers(session, "moved"), ["synthetic"]);
		const few = await askQuery(session, findPage("moved"), { parameters: {}, streams: [] });
		for await (const _ of few.chunks) break;
		assert.deepEqual(await covers(session, "moved"), ["synthetic"], "after an answer that was not read to its end");
	});
	await finish(live);
});
