// SPDX-License-Identifier: Apache-2.0
/** Exports more buckets than DuckDB has memory for. Each bucket holds one read, so the rows are those of an export
 *  without buckets. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { before, test } from "node:test";
import { csv } from "../../export/csv.js";
import { exportRecording } from "../../export/export.js";
import { everything } from "../../export/export-selection.js";
import { text as literal } from "../../storage/sql.js";
import { countersink } from "../support/countersink.js";
import { selectFrom } from "../support/exported.js";
import { scratch } from "../support/folder.js";
import { makeRecording } from "../support/made.js";

const file = scratch();
const recording = file("run.duckdb");
const COUNTERS = Array.from({ length: 40 }, (_, n) => n);
const ROWS = 130_000;

before(() =>
	makeRecording(
		recording,
		[
			{
				period_ns: 10_000,
				counters: COUNTERS.map((n) => ({ id: `many:c${n}` })),
				/* A gap within a slice, and one that is longer than a slice. */
				rows: `SELECT t + CASE WHEN t > 100000 THEN 90000 WHEN t > 5000 THEN 3 ELSE 0 END AS tick,
					${COUNTERS.map((n) => `t * 7 + hash(t + ${n}) % 5 AS c${n}`).join(", ")} FROM range(${ROWS}) r(t)`,
			},
		],
		{ ended: null },
	),
);

async function exported(name: string, ...words: string[]): Promise<Buffer> {
	const { code, stderr } = await countersink(["export", recording, ...words, "-o", file(name)]);
	assert.equal(code, 0, stderr);
	return readFileSync(file(name));
}

for (const as of ["value", "delta"])
	for (const from of [[], ["--from", "333333us", "--to", "1600001us"]])
		test(`${[`--as ${as}`, ...from].join(" ")}`, async () => {
			const name = `${as}${from.length}`;
			const rows = await exported(`${name}.rows.csv`, "--as", as, ...from);
			const buckets = await exported(`${name}.buckets.csv`, "--as", as, ...from, "--rate", "100kHz");
			assert.ok(rows.equals(buckets));
		});

test("Parquet is written from a table of all buckets", async () => {
	await exported("rows.parquet");
	await exported("buckets.parquet", "--rate", "100kHz");
	const [rows, buckets] = ["rows", "buckets"].map((name) => `(FROM ${literal(file(`${name}.parquet`))})`);
	const { differ, n } = await selectFrom(
		`SELECT (SELECT count(*) FROM (${rows} EXCEPT ALL ${buckets})) AS differ, (SELECT count(*) FROM ${buckets}) AS n`,
	);
	assert.deepEqual([differ, n], [[0n], [BigInt(ROWS)]]);
});

for (const [said, told] of [
	[
		"Out of Memory Error: could not allocate block of size 256.0 KiB (127.7 MiB/127.7 MiB used)",
		/more memory than DuckDB may use \(.*127\.7 MiB used\).*fewer counters.*--from, --to.*--rate$/,
	],
	[
		"Out of Memory Error: failed to offload data block of size 256.0 KiB. This limit was set by the 'max_temp_directory_size' setting.",
		/x\.csv cannot be written .*make room/,
	],
] as const)
	test(`DuckDB says: ${said.slice(0, 45)}`, () =>
		assert.rejects(
			exportRecording({
				path: recording,
				format: csv,
				out: file("x.csv"),
				overwrite: false,
				stdout: process.stdout,
				partition: null,
				select: () => everything,
				signal: new AbortController().signal,
				begin: () => {
					throw new Error(said);
				},
			}),
			told,
		));
