// SPDX-License-Identifier: Apache-2.0
/** Exports of a file of a stranger: its names become neither paths nor SQL, and its columns are what they are. */
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, test } from "node:test";
import { type DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import { component } from "../export/component.js";
import { countersink } from "./support/countersink.js";
import { parquetMetadata, selectFrom } from "./support/exported.js";
import { scratch } from "./support/folder.js";
import { columnName, host, makeHostile, ROWS, streamName } from "./support/hostile-names.js";
import { makeRecording } from "./support/made.js";

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
const strange = file("strange.duckdb");

before(() =>
	makeRecording(
		strange,
		names.map((name) => ({
			name: name.replaceAll("\0", "\u0001"),
			source: "s",
			period_ns: 1_000_000,
			counters: [{ id: "s:0/c" }],
			rows: [{ tick: 0, values: [1] }],
		})),
		{ host: "../../h" },
	),
);

/** All below a folder that are no folders. */
const filesIn = (folder: string): string[] =>
	readdirSync(folder, { recursive: true, withFileTypes: true })
		.filter((entry) => !entry.isDirectory())
		.map((entry) => join(entry.parentPath, entry.name));

for (const format of ["csv", "parquet", "arrow", "ndjson", "arrows"])
	test(`every stream is one file in the folder: ${format}`, async () => {
		const outside = file(`outside-${format}`);
		const folder = join(outside, "deep", "out");
		mkdirSync(folder, { recursive: true });
		const { code, stderr } = await countersink(["export", strange, "-f", format, "-o", folder]);
		assert.equal(code, 0, stderr);
		assert.deepEqual(filesIn(outside).sort(), filesIn(folder).sort());
		const expected = names.map((name) => `${component(name.replaceAll("\0", "\u0001"))}.${format}`);
		assert.deepEqual(readdirSync(folder).sort(), expected.sort());
		assert.equal(existsSync("/tmp/countersink-was-here.csv"), false);
	});

test("names between the name of the output and its extension", async () => {
	const folder = file("inserted");
	mkdirSync(folder);
	const { code, stderr } = await countersink(["export", strange, "-o", join(folder, "run.csv")]);
	assert.equal(code, 0, stderr);
	const expected = names.map((name) => `run.${component(name.replaceAll("\0", "\u0001"))}.csv`);
	assert.deepEqual(readdirSync(folder).sort(), expected.sort());
});

test("names and values of a dataset are folders of their own, and are read back", async () => {
	const out = file("dataset/deep");
	mkdirSync(file("dataset"));
	const { code, stderr } = await countersink(["export", strange, "--partition", "host,stream", "-o", out]);
	assert.equal(code, 2, stderr);
	assert.match(stderr, /no folder can have a name as long as that of this stream; leave stream out of --partition$/m);
	assert.deepEqual(filesIn(file("dataset")), []);

	const hostile = file("hostile.duckdb");
	await makeHostile(hostile);
	const written = await countersink(["export", hostile, "--partition", "host,stream", "-o", out]);
	assert.equal(written.code, 0, written.stderr);
	const [path, ...more] = filesIn(file("dataset"));
	assert.deepEqual(more, []);
	const instance = await DuckDBInstance.create(":memory:");
	const connection = await instance.connect();
	const rows = await connection.runAndReadAll(
		`SELECT DISTINCT host, stream FROM read_parquet(${literal(`${out}/**/*.parquet`)}, hive_partitioning = true)`,
	);
	assert.deepEqual(rows.getRowsJson(), [[host, streamName]]);
	assert.equal((await parquetMetadata(path!)).stream, streamName);
	connection.closeSync();
	instance.closeSync();
});

test("names of columns are no SQL in Parquet, as values, rates and buckets", async () => {
	const hostile = file("columns.duckdb");
	await makeHostile(hostile);
	for (const [i, more] of [
		[],
		["--as", "rate"],
		["--as", "delta", "--rate", "10ms"],
		["--rate", "10ms", "--down", "envelope"],
	].entries()) {
		const out = file(`columns-${i}.parquet`);
		const { code, stderr } = await countersink(["export", hostile, "-o", out, ...more]);
		assert.equal(code, 0, stderr);
		const columns = Object.keys(await selectFrom(`FROM ${literal(out)}`));
		assert.ok(
			columns.some((name) => name.startsWith(columnName)),
			columns.join(),
		);
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

test("names of any length and with line breaks are labels and texts, and lose nothing", async () => {
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

/** A finished recording that a statement has been run on. */
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
	test(`a type that is not what was said is refused: ${what}`, async () => {
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
