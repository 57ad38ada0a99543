// SPDX-License-Identifier: Apache-2.0
/** CSV whose names and cells end a cell or start a formula, read back by DuckDB and by our own import. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { type DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import fc from "fast-check";
import { csv, spreadsheet } from "../../export/csv.js";
import type { RecordingInput } from "../../export/read-selection.js";
import { countersink } from "../support/countersink.js";
import { column, inputOf, streamOf } from "../support/export-input.js";
import { scratch } from "../support/folder.js";
import { makeHostile, makeNamed } from "../support/hostile-names.js";

const file = scratch();
let duckdb: DuckDBConnection;
before(async () => {
	duckdb = await (await DuckDBInstance.create(":memory:")).connect();
});
after(() => duckdb.closeSync());

/** Names that a table can have: no two are the same, in any case. */
const names = fc.uniqueArray(
	fc
		.array(
			fc.oneof(
				fc.string({ unit: "binary" }),
				fc.constantFrom(",", '"', "\n", "\r", "\r\n", " ", "=", "'", ";", "\t", "#"),
			),
			{ minLength: 1, maxLength: 5 },
		)
		.map((parts) => parts.join(""))
		.filter((name) => name !== "" && !["ts", "tick", "read_ns"].includes(name.toLowerCase())),
	{ minLength: 1, maxLength: 4, selector: (name) => name.toLowerCase() },
);

/** What DuckDB's reader keeps: it removes blanks also within quotes, ends a text at NUL, and takes a CR for the end of
 *  all lines. */
const isKept = (name: string): boolean => !/^[\s\p{C}]|[\s\p{C}]$|[\0\r]/u.test(name);

/** A parser of CSV by RFC 4180. */
function parsed(text: string): string[][] {
	const rows: string[][] = [[]];
	for (const [, inQuotes, plain, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\n)/gy)) {
		rows.at(-1)!.push(inQuotes?.replaceAll('""', '"') ?? plain!);
		if (end === "\n") rows.push([]);
	}
	return rows.slice(0, -1);
}

/** One stream with columns of these names, as CSV. */
async function written(all: readonly string[], format = csv): Promise<Buffer> {
	const columns = all.map((name) => column({ name }));
	const stream = streamOf("s", columns, 3);
	const values = all.map((_, i) => [BigInt(i), null, BigInt(10 * i)]);
	const input = inputOf([{ stream, ts: [1n, 2n, 3n].map((second) => second * 1_000_000_000n), values }]);
	const parts: Uint8Array[] = [];
	const write = async (bytes: Uint8Array): Promise<void> => void parts.push(Uint8Array.from(bytes));
	await format.write(input as RecordingInput, [stream], { path: null, write });
	return Buffer.concat(parts);
}

test("law: names of columns go through CSV, and every value stays in its column", async () => {
	const law = fc.asyncProperty(names, async (all) => {
		const [head, ...rows] = parsed((await written(all)).toString());
		assert.deepEqual(head, ["ts", "tick", "read_ns", ...all]);
		const cells = rows.map((row) => row.slice(3));
		assert.deepEqual(cells, [all.map((_, i) => `${i}`), all.map(() => ""), all.map((_, i) => `${10 * i}`)]);
	});
	await fc.assert(law, { numRuns: 500 });
});

test("law: DuckDB reads them too", async () => {
	const path = file("law.csv");
	const law = fc.asyncProperty(names, async (generated) => {
		const all = ["first", ...generated.filter(isKept)];
		writeFileSync(path, await written(all));
		const read = await duckdb.runAndReadAll(
			`FROM read_csv('${path}', header = true, delim = ',', quote = '"', escape = '"')`,
		);
		assert.deepEqual(read.columnNames(), ["ts", "tick", "read_ns", ...all]);
		const cells = read.getRowsJson().map((row) => row.slice(3).map((cell) => (cell === null ? null : Number(cell))));
		assert.deepEqual(cells, [all.map((_, i) => i), all.map(() => null), all.map((_, i) => 10 * i)]);
	});
	await fc.assert(law, { numRuns: 200 });
});

test("CSV that was exported is imported with its names and values", async () => {
	const [table, imported] = [file("run.csv"), file("again.duckdb")];
	const odd = ["a,b", 'say "so"', "two\nlines", "=1+1", "é日本"];
	writeFileSync(table, await written(odd));
	const { code, stderr } = await countersink(["import", table, "-o", imported]);
	assert.equal(code, 0, stderr);
	const ask = async (question: string): Promise<unknown> => {
		const { stdout } = await countersink(["sql", imported, question, "--json"]);
		return JSON.parse(stdout);
	};
	const counters = (await ask("SELECT name, id, column_name FROM counters WHERE name NOT IN ('tick', 'read_ns')")) as {
		name: string;
		id: string;
		column_name: string;
	}[];
	assert.deepEqual(
		counters.map(({ name, id }) => [name, id]),
		odd.map((name) => [name, `run:${name}`]),
	);
	for (const [i, { column_name }] of counters.entries())
		assert.deepEqual(await ask(`SELECT "${column_name}" AS v FROM run ORDER BY ts`), [
			{ v: i },
			{ v: null },
			{ v: 10 * i },
		]);
});

test("for a spreadsheet, names and texts that start a formula are texts, and numbers are numbers", async () => {
	const recording = file("formulas.duckdb");
	await makeHostile(recording);
	const question = `SELECT '=1+1' AS a, '-5' AS b, -5 AS "-c", '@x, "y"' AS "=d", NULL AS e, 'plain' AS f, -0.5 AS g, ['=1'] AS h`;
	const plain = await countersink(["sql", recording, question, "--csv"]);
	assert.equal(plain.stdout, `a,b,-c,=d,e,f,g,h\n=1+1,-5,-5,"@x, ""y""",,plain,-0.5,['=1']\n`);
	const marked = await countersink(["sql", recording, question, "--csv", "--spreadsheet"]);
	assert.equal(marked.stdout, `a,b,'-c,'=d,e,f,g,h\n'=1+1,-5,-5,"'@x, ""y""",,plain,-0.5,['=1']\n`);
	const same = await countersink(["sql", recording, question, "-f", "csv", "--spreadsheet"]);
	assert.equal(same.stdout, marked.stdout);
	const query = await countersink(["query", "completeness", recording, "--csv", "--spreadsheet"]);
	assert.match(query.stdout, /^stream,expected,stored/, query.stderr);

	const names = ["=1+1", "-a,b", "plain"];
	assert.equal((await written(names)).toString().split("\n")[0], 'ts,tick,read_ns,=1+1,"-a,b",plain');
	assert.equal((await written(names, spreadsheet)).toString().split("\n")[0], `ts,tick,read_ns,'=1+1,"'-a,b",plain`);
	const [bare, sheet] = await Promise.all(
		[[], ["--spreadsheet"]].map((flags) => countersink(["export", recording, "-f", "csv", "-o", "-", ...flags])),
	);
	assert.equal(sheet!.code, 0, sheet!.stderr);
	assert.equal(sheet!.stdout, bare!.stdout);
});

const refusals: readonly [words: readonly string[], message: RegExp][] = [
	[
		["sql", "RUN", "SELECT 1", "--spreadsheet"],
		/^countersink: --spreadsheet applies to CSV only; add --csv, or leave it out$/m,
	],
	[["sql", "RUN", "SELECT 1", "--json", "--spreadsheet"], /--spreadsheet applies to CSV only/],
	[["query", "completeness", "RUN", "--spreadsheet"], /--spreadsheet applies to CSV only/],
	[
		["export", "RUN", "-f", "arrow", "-o", "OUT", "--spreadsheet"],
		/^countersink: --spreadsheet applies to CSV only, and the format is arrow; leave it out$/m,
	],
	[
		["export", "RUN", "--partition", "host", "-o", "OUT", "--spreadsheet"],
		/--spreadsheet applies to CSV only, and the format is parquet/,
	],
];

test("--spreadsheet is refused for other formats than CSV", async () => {
	const recording = file("refused.duckdb");
	await makeNamed(recording, "s");
	for (const [words, message] of refusals) {
		const { code, stderr } = await countersink(
			words.map((word) => ({ RUN: recording, OUT: file("out") })[word] ?? word),
		);
		assert.equal(code, 2, stderr);
		assert.match(stderr, message);
	}
});
