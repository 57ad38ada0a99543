// SPDX-License-Identifier: Apache-2.0
/** Chrome traces, read back by DuckDB's JSON reader. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { test } from "node:test";
import { chrome } from "../../export/chrome.js";
import type { RecordingInput } from "../../export/read-selection.js";
import { countersink } from "../support/cli.js";
import { column, inputOf, streamOf, type Table } from "../support/export-input.js";
import { scratch } from "../support/folder.js";
import { File, withFile } from "../support/judge.js";

const file = scratch();

async function write(path: string, ...given: Parameters<typeof inputOf>): Promise<void> {
	const input = inputOf(...given);
	const pieces: Uint8Array[] = [];
	const sink = { path, write: async (bytes: Uint8Array) => void pieces.push(Uint8Array.from(bytes)) };
	await chrome.write(input as RecordingInput, input.streams, sink);
	writeFileSync(path, Buffer.concat(pieces));
}

/** SQL for every event of a trace as JSON, in a column e. */
const events = (path: string): string =>
	`(SELECT unnest(traceEvents) AS e FROM read_json('${path}', columns = {traceEvents: 'JSON[]'}, maximum_object_size = 1000000000))`;

async function ask(sql: string): Promise<unknown[][]> {
	const database = await File.open(":memory:", "READ_WRITE");
	try {
		return (await database.rows(sql)).map((row) => Object.values(row));
	} finally {
		database.close();
	}
}

const T0 = 1700000000000001000n;
const wide: Table = {
	stream: streamOf(
		"net",
		[
			column({ counter: 'a "quoted"\\name' }),
			column({ counter: "signed", type: "i64", semantics: "gauge" }),
			column({ counter: "double", type: "f64", semantics: "gauge" }),
			column({ counter: "alone", instance: "" }),
		],
		4,
	),
	ts: [T0, T0 + 1_000_007n, T0 + 2_999_999_999n, T0 + 5_000_000_000_000n],
	values: [
		[0n, (1n << 64n) - 1n, (1n << 53n) + 1n, null],
		[-1n, -(1n << 63n), (1n << 63n) - 1n, null],
		[0.1, -1e300, Number.NaN, null],
		[null, 5n, null, 7n],
	],
};

test("integers keep all their digits, doubles stay the same, and what is not a number is left out", async () => {
	const path = file("wide.json");
	await write(path, [wide]);
	const counters = await ask(`SELECT e->>'ts', e->>'name', e->>'$.args."a \\"quoted\\"\\\\name"', e->>'$.args.signed',
		e->>'$.args.double', e->>'$.args.alone' FROM ${events(path)} WHERE (e->>'ph') = 'C'`);
	assert.deepEqual(counters, [
		["1.0", "a", "0", "-1", "0.1", null],
		["1001.007", "a", "18446744073709551615", "-9223372036854775808", "-1e300", null],
		["1001.007", "net", null, null, null, "5"],
		["3000000.999", "a", "9007199254740993", "9223372036854775807", null, null],
		["5000000001.0", "net", null, null, null, "7"],
	]);
});

const gap = {
	stream: "net",
	first_tick: 3n,
	ticks: 2n,
	reason: "late",
	begin_ns: T0 + 1_000_007n,
	end_ns: T0 + 2_999_999_999n,
	noticed_at_ns: T0,
};
const start = { ts: T0 + 10n, name: "command_start", detail: "make -j8" };
const end = { ts: T0 + 4_000_000n, name: "command_end", detail: "status 0" };

const slices: readonly (readonly [string, Parameters<typeof inputOf>[1], unknown[][]])[] = [
	[
		"gaps are slices",
		{ gaps: [gap] },
		[["X", "data loss", "late", "1001.007", "2998999.992", '{"ticks":2,"first_tick":3}']],
	],
	[
		"the command is a slice",
		{ marks: [start, end] },
		[["X", "command and marks", "make -j8", "1.01", "3999.99", '{"detail":"status 0"}']],
	],
	[
		"a command without an end only begins",
		{ marks: [start] },
		[["B", "command and marks", "make -j8", "1.01", null, null]],
	],
	[
		"other marks are instants",
		{ marks: [{ ...end, name: "suspended", detail: null }] },
		[["i", "command and marks", "suspended", "4001.0", null, "{}"]],
	],
];
for (const [name, more, expected] of slices)
	test(name, async () => {
		const path = file("slices.json");
		await write(path, [wide], more);
		const found =
			await ask(`WITH e AS ${events(path)}, names AS (SELECT e->>'pid' AS pid, e->>'tid' AS tid, e->>'$.args.name' AS thread
				FROM e WHERE (e->>'name') = 'thread_name')
			SELECT e->>'ph', thread, e->>'name', e->>'ts', e->>'dur', e->>'args' FROM e
			JOIN names ON (e->>'pid') = pid AND (e->>'tid') = tid WHERE (e->>'ph') IN ('X', 'B', 'i')`);
		assert.deepEqual(found, expected);
	});

test("a Chrome trace holds the recording to the last bit", async () => {
	const [recording, path] = [file("a.duckdb"), file("a.json")];
	const recorded = countersink([
		"record",
		"-e",
		"synthetic:{0,3}/*?error=50:10@1kHz",
		"--force",
		"-d",
		"500ms",
		"-o",
		recording,
	]);
	assert.equal(recorded.status, 0, recorded.stderr);
	const exported = countersink(["export", recording, "-o", path]);
	assert.equal(exported.status, 0, exported.stderr);
	await withFile(recording, async (database) => {
		const wrong = await database.rows(`
			WITH e AS ${events(path)},
			counted AS (SELECT e->>'name' AS instance, (e->>'ts')::DECIMAL(30, 3) AS us, e->'args' AS args FROM e WHERE (e->>'ph') = 'C'),
			exported AS (SELECT 'synthetic:' || instance || '/' || key AS id, (us * 1000)::BIGINT + wall_offset_ns AS ns, (args->>key)::UBIGINT AS value
				FROM (SELECT *, unnest(json_keys(args)) AS key FROM counted), recording),
			stored AS (SELECT id, epoch_ns(ts) AS ns, value::UBIGINT AS value FROM synthetic_long)
			(FROM exported EXCEPT ALL FROM stored) UNION ALL (FROM stored EXCEPT ALL FROM exported)`);
		assert.deepEqual(wrong, []);
		const ticks = await database.number(
			`WITH e AS ${events(path)} SELECT sum((e->>'$.args.ticks')::BIGINT) FROM e WHERE (e->>'ph') = 'X'`,
		);
		assert.equal(ticks, await database.number("SELECT sum(ticks) FROM gaps"));
	});
});
