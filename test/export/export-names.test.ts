// SPDX-License-Identifier: Apache-2.0
/** Exports files from strangers: their names become neither paths nor SQL, and their columns keep their types. */
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { test } from "node:test";
import { type DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import type { Nanoseconds } from "../../base/units.js";
import { component } from "../../export/component.js";
import { csv } from "../../export/csv.js";
import { choose, everything } from "../../export/export-selection.js";
import { targetsOf } from "../../export/exported-files.js";
import { statementOf } from "../../export/statement.js";
import { countersink } from "../support/countersink.js";
import { column, streamOf } from "../support/export-input.js";
import { parquetMetadata } from "../support/exported.js";
import { scratch } from "../support/folder.js";
import { counterName, host, id, makeHostile, makeNamed, ROWS } from "../support/hostile-names.js";
import { makeRecording } from "../support/made.js";

const file = scratch();
const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;

const names = [
	"../../x",
	"..",
	".",
	"/tmp/countersink-was-here",
	"-o",
	"a/b",
	"%2E.",
	"x\0y",
	"n".repeat(250),
	'"; COPY (SELECT 1) TO "x',
];

/** All files below a folder. */
const filesIn = (folder: string): string[] =>
	readdirSync(folder, { recursive: true, withFileTypes: true })
		.filter((entry) => !entry.isDirectory())
		.map((entry) => join(entry.parentPath, entry.name));

const streams = names.map((name) => streamOf(name, [column({})], 1));

test("every stream is one file in the folder, whatever its name", () => {
	const folder = file("targets");
	mkdirSync(folder);
	for (const out of [folder, `${folder}/`]) {
		const paths = targetsOf(out, csv, streams, "run.duckdb").map(({ path }) => path);
		assert.deepEqual(
			paths.map(dirname),
			names.map(() => folder),
		);
		assert.deepEqual(
			paths.map((path) => basename(path)),
			names.map((name) => `${component(name)}.csv`),
		);
		assert.equal(new Set(paths).size, names.length);
		for (const path of paths) writeFileSync(path, "");
		assert.equal(readdirSync(folder).length, names.length);
	}
});

test("the name of a stream within a file name stays one component", () => {
	const paths = targetsOf(`${file("some")}/run.csv`, csv, streams, "run.duckdb").map(({ path }) => path);
	assert.deepEqual(
		paths.map(dirname),
		names.map(() => file("some")),
	);
	assert.deepEqual(
		paths.map((path) => basename(path)),
		names.map((name) => `run.${component(name)}.csv`),
	);
});

test("a file whose stream has a name that no recording has writes nothing anywhere", async () => {
	for (const [i, name] of names.filter((each) => !/^[a-z]+$/.test(each) && !each.includes("\0")).entries()) {
		const outside = file(`outside-${i}`);
		const folder = join(outside, "deep", "out");
		mkdirSync(folder, { recursive: true });
		const path = file(`named-${i}.duckdb`);
		await makeNamed(path, name);
		const { code, stderr } = await countersink(["export", path, "-f", "csv", "-o", folder]);
		assert.equal(code, 2, stderr);
		assert.deepEqual(filesIn(outside), []);
	}
	assert.equal(existsSync("/tmp/countersink-was-here.csv"), false);
});

test("a name that is too long for a file is cut, and refused for a folder", async () => {
	const path = file("long-name.duckdb");
	const long = "n".repeat(300);
	await makeNamed(path, long);
	for (const format of ["csv", "parquet", "arrow"]) {
		const folder = file(`long-${format}`);
		mkdirSync(folder);
		const { code, stderr } = await countersink(["export", path, "-f", format, "-o", folder]);
		assert.equal(code, 0, stderr);
		assert.deepEqual(readdirSync(folder), [`${component(long)}.${format}`]);
	}
	const refused = await countersink(["export", path, "--partition", "host,stream", "-o", file("long-dataset")]);
	assert.equal(refused.code, 2);
	assert.match(refused.stderr, /the name of this stream is too long for a folder; leave stream out of --partition$/m);
	assert.equal(existsSync(file("long-dataset")), false);
});

/** Runs one statement in a DuckDB of the test. */
async function rowsOf(...statements: readonly string[]): Promise<Record<string, unknown>[]> {
	const instance = await DuckDBInstance.create(":memory:");
	const connection = await instance.connect();
	try {
		for (const statement of statements.slice(0, -1)) await connection.run(statement);
		return (await connection.runAndReadAll(statements.at(-1)!)).getRowObjects();
	} finally {
		connection.closeSync();
		instance.closeSync();
	}
}

test("values of a dataset become folders, and are read back", async () => {
	const out = file("dataset/deep");
	mkdirSync(file("dataset"));
	const hostile = file("hostile.duckdb");
	await makeHostile(hostile);
	const written = await countersink(["export", hostile, "--partition", "host,stream", "-o", out]);
	assert.equal(written.code, 0, written.stderr);
	const [path, ...more] = filesIn(file("dataset"));
	assert.deepEqual(more, []);
	assert.equal(dirname(dirname(dirname(path!))), out);
	const rows = await rowsOf(
		`SELECT DISTINCT host, id, counter FROM read_parquet(${literal(`${out}/**/*.parquet`)}, hive_partitioning = true) WHERE id <> 'x' ORDER BY counter DESC`,
	);
	assert.deepEqual(rows[0], { host, id, counter: counterName });
	assert.equal(JSON.parse((await parquetMetadata(path!)).recording!).host, host);
});

test("names of streams and columns are never run as SQL, as values and in buckets", async () => {
	const table = 'x"; DROP TABLE "y';
	const odd = ['a" FROM "y"; --', "b''\n", 'c"",'];
	const counted = odd.map((name) => ({ ...column({ name, semantics: "gauge" }), stream: table }));
	const quote = (name: string): string => `"${name.replaceAll('"', '""')}"`;
	const made = `CREATE TABLE ${quote(table)} AS SELECT make_timestamp_ns(t) AS ts, t::UBIGINT AS tick, 0::UINTEGER AS read_ns, ${odd.map((name, i) => `t + ${i} AS ${quote(name)}`).join(", ")} FROM range(10) r(t)`;
	const slice = { from_ns: null, to_ns: null, first_tick: 0n, rows: 10 };
	for (const bucket_ns of [null, 5 as Nanoseconds]) {
		const selection = { ...everything, bucket_ns, down: "envelope" as const };
		const chosen = counted.map((of) => choose(of, selection));
		const rows = await rowsOf(made, statementOf(table, chosen, selection, slice, 0n));
		assert.equal(rows.length, bucket_ns === null ? 10 : 2);
		assert.deepEqual(Object.keys(rows[0]!), [
			"ts",
			"tick",
			"read_ns",
			...chosen.flatMap(({ columns }) => columns.map(({ name }) => name)),
		]);
	}
});

test("a link in the folder is replaced and not followed", async () => {
	const folder = file("links");
	mkdirSync(folder);
	const [precious, nowhere] = [file("precious.txt"), file("nowhere.txt")];
	writeFileSync(precious, "precious");
	const small = file("small.duckdb");
	await makeRecording(small, [{ period_ns: 1000, counters: [{ id: "s:0/c" }], rows: [{ tick: 0, values: [1] }] }]);
	for (const to of [precious, nowhere]) {
		const link = join(folder, to === precious ? "a.csv" : "b.csv");
		symlinkSync(to, link);
		const refused = await countersink(["export", small, "-o", link]);
		assert.equal(refused.code, 2);
		assert.match(refused.stderr, /exists; name another with -o, or replace it with --overwrite$/m);
		const { code, stderr } = await countersink(["export", small, "-o", link, "--overwrite"]);
		assert.equal(code, 0, stderr);
		assert.match(readFileSync(link, "utf8"), /^ts,tick,read_ns,s_0_c\n/);
	}
	assert.equal(readFileSync(precious, "utf8"), "precious");
	assert.equal(existsSync(nowhere), false);
});

test("names of any length and with line breaks become labels and texts, and lose nothing", async () => {
	const path = file("long.duckdb");
	const instance = `${"x".repeat(40_000)}\n# EOF\n"}`;
	const counters = [{ id: `s:${instance}/c`, column: "c", help: `h\n# EOF ${"y".repeat(40_000)}` }];
	await makeRecording(path, [{ period_ns: 1000, counters, rows: [0, 1, 2].map((tick) => ({ tick, values: [tick] })) }]);
	const read = async (format: string): Promise<string> => {
		const { code, stdout, stderr } = await countersink(["export", path, "-f", format, "-o", "-"]);
		assert.equal(code, 0, stderr);
		return stdout;
	};
	const lines = (await read("openmetrics")).trimEnd().split("\n");
	assert.equal(lines.filter((line) => line === "# EOF").length, 1);
	const label = `instance="${"x".repeat(40_000)}\\n# EOF\\n\\"}"`;
	const samples = lines.filter((line) => line.includes(label));
	assert.deepEqual(
		samples.map((line) => line.slice(line.indexOf("} ") + 2).split(" ")[0]),
		["0", "1", "2"],
	);
	const { traceEvents } = JSON.parse(await read("chrome"));
	const values = traceEvents.filter((event: { ph: string }) => event.ph === "C");
	assert.deepEqual(
		values.map(({ name, args }: { name: string; args: { c: number } }) => [name === instance, args.c]),
		[0, 1, 2].map((value) => [true, value]),
	);
});

/** A finished recording on which a statement was run. */
async function alter(path: string, statement: string): Promise<void> {
	const instance = await DuckDBInstance.create(path);
	const connection: DuckDBConnection = await instance.connect();
	await connection.run(statement);
	connection.closeSync();
	instance.closeSync();
}

const lies: readonly [what: string, statement: string][] = [
	["a column of texts", "ALTER TABLE s ALTER s_0_c TYPE VARCHAR"],
	["a column of bytes", "ALTER TABLE s ALTER s_0_c TYPE UTINYINT"],
	["another column of 8 bytes", "ALTER TABLE s ALTER s_0_c TYPE DOUBLE"],
	["a catalogue that says double", "UPDATE counters SET type = 'f64'"],
	["a catalogue that says nothing that there is", "UPDATE counters SET type = 'constructor'"],
	["the tick", "ALTER TABLE s ALTER tick TYPE USMALLINT"],
	["the length of the read", "ALTER TABLE s ALTER read_ns TYPE UTINYINT USING 0"],
	["the time", "ALTER TABLE s ALTER ts TYPE TIMESTAMP"],
];

for (const [what, statement] of lies)
	test(`a column of another type than its counter is refused: ${what}`, async () => {
		const path = file(`lie-${lies.findIndex(([name]) => name === what)}.duckdb`);
		await makeRecording(path, [
			{
				period_ns: 1000,
				counters: [{ id: "s:0/c" }],
				rows: Array.from({ length: ROWS }, (_, tick) => ({ tick, values: [tick] })),
			},
		]);
		await alter(path, statement);
		for (const format of ["csv", "arrow"]) {
			const out = `${path}.${format}`;
			const { code, signal, stderr } = await countersink(["export", path, "-f", format, "-o", out]);
			assert.equal(signal, null);
			assert.ok(code === 1 || code === 2, `${code}: ${stderr}`);
			assert.match(stderr, /^countersink: .*; .*\n$/);
			assert.doesNotMatch(stderr, /internal error/);
			assert.equal(existsSync(out), false);
		}
	});
