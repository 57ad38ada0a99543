// SPDX-License-Identifier: Apache-2.0
/** The tail holds rows of slow streams that are committed and not yet in their tables. Every asker sees them, also
 *  after the recorder was killed. */
import assert from "node:assert/strict";
import { copyFileSync, existsSync, readFileSync } from "node:fs";
import { before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { tailBytes, tailColumns } from "../../storage/tail.js";
import { countersink, start } from "../support/countersink.js";
import { scratch } from "../support/folder.js";
import { database, judgeFile, withFile } from "../support/judge.js";
import { until } from "../support/processes.js";

const file = scratch();
const killed = file("killed.duckdb");
/** Rows with nulls, of several types, too few for their tables. */
const EVENTS = ["-e", "synthetic:0/*@50Hz", "-e", "synthetic:1/{ramp,drop}@20Hz"];

const rowsOf = async (path: string, sql: string): Promise<string[]> => {
	const { stdout, stderr, code } = await countersink(["sql", path, sql, "--csv"]);
	assert.equal(code, 0, stderr);
	return stdout.trim().split("\n").slice(1);
};

const countOf = async (path: string, stream: string): Promise<number> =>
	Number((await rowsOf(path, `SELECT count(*) FROM ${stream}`))[0]);

before(async () => {
	const { child, outcome } = start(["record", "--force", "-o", killed, ...EVENTS]);
	await until("it records", () => existsSync(`${killed}.wal`));
	await sleep(3000);
	child.kill("SIGKILL");
	await outcome;
});

const copy = (name: string): string => {
	copyFileSync(killed, file(name));
	copyFileSync(`${killed}.wal`, file(`${name}.wal`));
	return file(name);
};

test("a killed recorder leaves rows in the tail, and what reads the file with DuckDB alone can decode them", async () => {
	const path = copy("decoded.duckdb");
	const { streams } = await judgeFile(path);
	await withFile(path, async (recorded) => {
		const held = await recorded.number("SELECT count(*) FROM decoded.main.synthetic");
		assert.ok(held < streams.synthetic!.rows, "most rows are in the tail");
	});
});

test("every way of asking sees the rows of the tail, and the account holds", async () => {
	const path = copy("asked.duckdb");
	const { streams } = await judgeFile(path);
	for (const [stream, { rows }] of Object.entries(streams)) {
		assert.equal(await countOf(path, stream), rows);
		const info = JSON.parse((await countersink(["info", path, "--json"])).stdout);
		const told = info.streams.find(({ name }: { name: string }) => name === stream);
		assert.deepEqual([told.rows, told.identity], [rows, true]);
	}
	const exported = file("synthetic.csv");
	assert.equal((await countersink(["export", path, "--stream", "synthetic", "-o", exported])).code, 0);
	assert.equal(readFileSync(exported, "utf8").trim().split("\n").length - 1, streams.synthetic!.rows);
});

test("recover moves the tail into the tables: the rows are the same", async () => {
	const path = copy("recovered.duckdb");
	const question = "SELECT * FROM synthetic ORDER BY tick";
	const asked = await rowsOf(path, question);
	assert.equal((await countersink(["recover", path])).code, 0);
	assert.deepEqual(await rowsOf(path, question), asked);
	await withFile(path, async (recorded) => {
		assert.equal(await recorded.number("SELECT count(*) FROM tail"), 0);
		assert.equal(await recorded.number("SELECT count(*) FROM main.synthetic"), asked.length);
	});
	await judgeFile(path);
});

test("a finished recording has no tail", async () => {
	const path = file("finished.duckdb");
	assert.equal((await countersink(["record", ...EVENTS, "-d", "1500ms", "-o", path])).code, 0);
	await withFile(path, async (recorded) => assert.equal(await recorded.number("SELECT count(*) FROM tail"), 0));
	await judgeFile(path);
});

test("a tail that is not what its lengths say is refused, and nothing beside it is read", async () => {
	for (const [name, statement] of [
		["short", "UPDATE tail SET cells = 'abcdefgh'::BLOB"],
		["many", "UPDATE tail SET rows = 2000"],
		["none", "UPDATE tail SET rows = 0"],
		["huge", "UPDATE tail SET rows = 4294967295"],
		["empty", "UPDATE tail SET cells = ''::BLOB"],
		["stranger", "UPDATE tail SET stream = 'gaps'"],
	] as const) {
		const path = copy(`${name}.duckdb`);
		await database(path, [statement]);
		for (const words of [
			["sql", path, "SELECT count(*) FROM synthetic"],
			["recover", path],
		]) {
			const { code, stderr } = await countersink(words);
			assert.notEqual(code, 0, `${name}: ${words[0]}`);
			assert.match(stderr, /can be trusted: (a piece of its tail|its tail has rows of no stream)/, name);
		}
	}
});

test("columns of a piece: every length but two is refused", () => {
	const types = ["u64", "i64", "f64"] as const;
	for (let rows = 1; rows <= 20; rows++) {
		const lengths = [tailBytes(3, rows, false), tailBytes(3, rows, true)];
		for (let length = 0; length <= lengths[1]! + 2; length++)
			assert.equal(
				tailColumns(new Uint8Array(length), rows, types) !== null,
				lengths.includes(length),
				`${rows} ${length}`,
			);
	}
});
