// SPDX-License-Identifier: Apache-2.0
/** countersink sql over finished recordings: where the SQL comes from, several at once, what is refused, Arrow. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { before, describe, test } from "node:test";
import { openSession } from "../../ask/open-session.js";
import { rowsOf } from "../../ask/session.js";
import { typedByUser } from "../../storage/sql.js";
import { countersink, shell } from "../support/countersink.js";
import { type ArrowTable, readArrow } from "../support/flechette.js";
import { scratch } from "../support/folder.js";
import { database } from "../support/judge.js";

const file = scratch();
const one = file("one.duckdb");
const two = file("two.duckdb");

before(async () => {
	const { code, stderr } = await countersink(["record", "-e", "synthetic:0/*@1kHz", "-d", "300ms", "-o", one]);
	assert.equal(code, 0, stderr);
	await database(two, ["UPDATE synthetic SET synthetic_0_constant = 43"], one);
});

const answer = async (...words: string[]): Promise<string> => {
	const { code, stdout, stderr } = await countersink(["sql", ...words, "--csv"]);
	assert.equal(code, 0, stderr);
	return stdout;
};

describe("where the SQL comes from", { concurrency: 2 }, () => {
	test("an argument, a file, standard input: all the same", async () => {
		const sql = "SELECT count(*) AS n, 'a' AS t FROM streams";
		writeFileSync(file("query.sql"), `-- How many streams?\n${sql};\n`);
		const expected = "n,t\n1,a\n";
		assert.equal(await answer(one, sql), expected);
		assert.equal(await answer(one, "--file", file("query.sql")), expected);
		assert.equal((await countersink(["sql", one, "--csv"], {}, sql)).stdout, expected);
	});

	test("it may begin with a comment, before and behind flags", async () => {
		for (const words of [
			[one, "-- a comment\nSELECT 1 AS x"],
			["--csv", one, "-- a comment\nSELECT 1 AS x"],
			["--csv", one, "--", "-- a comment\nSELECT 1 AS x"],
			[one, "-- a comment\nSELECT 1 AS x", "--csv"],
		])
			assert.match((await countersink(["sql", ...words])).stdout, /^x\n *1\n$/);
	});

	test("several statements are answered one after the other", async () => {
		assert.equal(await answer(one, "SELECT 1 AS x; SET VARIABLE y = 2; SELECT getvariable('y') AS y;"), "x\n1\ny\n2\n");
		const { stdout } = await countersink(["sql", one, "SELECT 1 AS x; SELECT 2 AS y"]);
		assert.equal(stdout, "x\n1\n\ny\n2\n");
	});

	test("answers before a mistake are printed", async () => {
		const { code, stdout, stderr } = await countersink(["sql", one, "SELECT 1 AS x; SELECT nonesuch", "--csv"]);
		assert.deepEqual([code, stdout], [1, "x\n1\n"]);
		assert.match(stderr, /Binder Error: Referenced column "nonesuch"/);
	});

	test("a PIVOT, which DuckDB makes of several statements, gives one answer", async () => {
		assert.match(await answer(one, "PIVOT counters ON semantics USING count(*) GROUP BY stream"), /^stream,counter/);
	});

	const wrong: readonly (readonly [words: readonly string[], message: string])[] = [
		[[one, "--jsn", "SELECT 1"], "unknown option '--jsn'; did you mean --json?"],
		[[one, "--frob", "SELECT 1"], "unknown option '--frob'"],
		[
			[one, file("x.duckdb"), "SELECT 1"],
			`${file("x.duckdb")} does not exist; name recordings first, then one statement in quotes`,
		],
		[[one, "SELECT", "1"], "'1' comes after the statement; name recordings first, then one statement in quotes"],
		[[one, one, "SELECT 1"], `${one} is named twice; name each recording once`],
		[[one, "SELECT 1", "--file", "x.sql"], "SQL was given on the command line and with --file; give only one of them"],
		[
			[one, "SELECT 1; SELECT 2", "-f", "arrow"],
			"an Arrow stream holds one answer; give one statement, or use another format",
		],
		[
			[one, "SELECT union_value(k := 1) AS u", "-f", "arrow"],
			'column u is UNION("k" INTEGER), which Arrow does not have; cast it to VARCHAR, or use another format',
		],
	];
	for (const [words, message] of wrong)
		test(message.replaceAll(file(""), ""), async () => {
			const { code, stderr } = await countersink(["sql", ...words]);
			assert.deepEqual([code, stderr], [2, `countersink: ${message}\n`]);
		});

	test("a terminal is sent no Arrow stream", async () => {
		const { code, stdout } = await shell(`script -qec "$CS sql ${one} 'SELECT 1' -f arrow" /dev/null`);
		assert.equal(code, 2);
		assert.match(stdout, /^countersink: a terminal cannot show an Arrow stream; /m);
	});
});

describe("what is read on a screen", () => {
	test("what was recorded cannot command the terminal", async () => {
		const path = file("escape.duckdb");
		const command = ["true", "\x1b[31mred\nline"];
		await countersink(["record", "-e", "synthetic:0/*@100Hz", "-o", path, "--", ...command]);
		const said = [
			["info", path],
			["sql", path, "FROM marks"],
		].map((words) => countersink(words));
		for (const { stdout } of await Promise.all(said)) {
			assert.doesNotMatch(stdout, /[^\P{Cc}\n]/u);
			assert.match(stdout, /command_start.*true \\x1b\[31mred\\nline$/m);
		}
		assert.ok((await answer(path, "FROM marks")).includes(command[1]!));
	});

	test("a plan is a drawing", async () => {
		const { stdout } = await countersink(["sql", one, "EXPLAIN FROM marks"]);
		const lines = stdout.split("\n");
		assert.match(lines[0]!, /^┌─+┐$/);
		assert.ok(lines.length > 5);
		assert.equal(new Set(lines.slice(0, -1).map((line) => line.length)).size, 1);
	});

	test("a decimal is a number in JSON, with all its digits", async () => {
		const { stdout } = await countersink([
			"sql",
			one,
			"--json",
			"SELECT 1.50 AS a, [0.1] AS b, -3.000::DECIMAL(20, 3) AS c",
		]);
		assert.equal(stdout, '[{"a":1.50,"b":[0.1],"c":-3.000}]\n');
	});
});

describe("several recordings", { concurrency: 2 }, () => {
	test("names without a recording belong to the first; macros and views reach all", async () => {
		const constant = (name: string): string => `SELECT any_value(synthetic_0_constant) AS c FROM ${name}`;
		assert.equal(await answer(one, two, `${constant("synthetic")}; ${constant("two.synthetic")}`), "c\n42\nc\n43\n");
		const deltas = (stream: string): string => `SELECT count(*) AS n FROM deltas('${stream}', 'synthetic:0/ramp')`;
		const alone = await answer(one, deltas("synthetic"));
		assert.equal(await answer(two, one, deltas("one.synthetic")), alone);
		assert.equal(await answer(two, one, "SELECT count(*) > 0 AS some FROM one.synthetic_long"), "some\ntrue\n");
	});

	test("files of one name, and names that SQL or DuckDB uses, are told apart", async () => {
		mkdirSync(file("other"));
		for (const name of ["one.duckdb", "select.duckdb", "main.duckdb", "9.duckdb"])
			copyFileSync(one, file(`other/${name}`));
		const others = ["one.duckdb", "select.duckdb", "main.duckdb", "9.duckdb"].map((name) => file(`other/${name}`));
		const { stdout, stderr } = await countersink([
			"sql",
			one,
			...others,
			"--csv",
			"SELECT count(*) AS n FROM one_2.streams, select_2.streams, main_2.streams, r_9.streams",
		]);
		assert.equal(stdout, "n\n1\n", stderr);
		assert.match(stderr, /^countersink: one is \S+one\.duckdb, one_2 is \S+one\.duckdb, select_2 is /);
	});
});

/** SQL that reaches beyond the recording, and what is said of it. */
const refused: readonly (readonly [sql: string, why: RegExp])[] = [
	[`COPY (SELECT 1) TO '${file("out.csv")}'`, /file system operations are disabled/],
	[`COPY gaps FROM '${file("out.csv")}'`, /read-only mode/],
	[`EXPORT DATABASE '${file("out")}'`, /file system operations are disabled/],
	[`IMPORT DATABASE '${file("out")}'`, /file system operations are disabled|Cannot open file/],
	[`ATTACH '${file("other.duckdb")}' AS other`, /ATTACH is refused, since it opens other files/],
	["DETACH one", /DETACH is refused/],
	["INSTALL httpfs", /LOAD is refused, since it loads other code/],
	["LOAD '/tmp/x.duckdb_extension'", /LOAD is refused/],
	["PRAGMA enable_profiling", /PRAGMA is refused, since it changes how DuckDB works/],
	["BEGIN", /TRANSACTION is refused/],
	["VACUUM", /VACUUM is refused/],
	[`CALL enable_logging(storage = 'file', storage_path = '${file("out")}')`, /enable_logging with a file is refused/],
	[`COPY gaps TO '${one}' (FORMAT csv, USE_TMP_FILE false)`, /COPY is refused/],
	[
		`EXPLAIN ANALYZE COPY gaps TO '${one}' (FORMAT csv, USE_TMP_FILE false)`,
		/EXPLAIN ANALYZE is refused beside the word COPY/,
	],
	[`PREPARE p AS COPY gaps TO '${one}' (FORMAT csv, USE_TMP_FILE false); EXECUTE p`, /PREPARE is refused/],
	["DROP VIEW gaps", /read-only mode/],
	["CREATE OR REPLACE VIEW gaps AS SELECT 1", /read-only mode/],
	["SET threads = 8", /configuration has been locked/],
	["RESET threads", /configuration has been locked/],
	["INSERT INTO marks SELECT * FROM marks", /read-only mode/],
	["DELETE FROM streams", /read-only mode/],
	["ALTER TABLE gaps ADD COLUMN x INTEGER", /read-only mode/],
	["CREATE TABLE t AS SELECT 1", /read-only mode/],
	["CREATE VIEW v AS SELECT 1", /read-only mode/],
	["FROM read_csv('/etc/passwd')", /file system operations are disabled/],
	["FROM read_text('/etc/passwd')", /file system operations are disabled/],
	["FROM read_blob('/etc/passwd')", /file system operations are disabled/],
	["FROM glob('/etc/*')", /file system operations are disabled/],
	["FROM query('FROM read_text(''/etc/passwd'')')", /file system operations are disabled/],
	["FROM query('ATTACH ''x'' AS x')", /Expected a single SELECT statement/],
	["PREPARE p AS COPY gaps TO 'x.csv'; EXECUTE p", /file system operations are disabled|Parser Error|refused/],
	[
		`FROM enable_logging(storage = 'file', storage_path = '${file("out")}'); SELECT 1`,
		/enable_logging with a file is refused/,
	],
];

/** Everything that is to be seen of a file from outside. */
const looks = (path: string): unknown[] => {
	const { size, mtimeNs } = statSync(path, { bigint: true });
	return [size, mtimeNs, createHash("sha256").update(readFileSync(path)).digest("hex")];
};

describe("what is refused, of one recording and of several", () => {
	for (const paths of [[one], [one, two]])
		for (const [sql, why] of refused)
			test(`${paths.length}: ${sql.replaceAll(file(""), "")}`, async () => {
				const before = paths.map(looks);
				const session = await openSession(paths);
				await assert.rejects(rowsOf(session, typedByUser(sql)), why);
				await session.close();
				assert.deepEqual(paths.map(looks), before);
				for (const name of ["out", "out.csv", "other.duckdb", "one.duckdb.wal", "two.duckdb.wal"])
					assert.equal(existsSync(file(name)), false, name);
			});

	test("one sentence, and exit status 2", async () => {
		const { code, stderr } = await countersink(["sql", one, "BEGIN"]);
		const sentence =
			"TRANSACTION is refused, since it holds what others may need; ask with SELECT, or permit it with --unsafe";
		assert.deepEqual([code, stderr], [2, `countersink: ${sentence}\n`]);
	});

	test("temporary tables, views and macros are the session's own, and leave nothing", async () => {
		const names = readdirSync(file(""));
		const sql =
			"CREATE TEMP TABLE t AS SELECT 1 AS x; CREATE TEMP MACRO m(a) AS a + 1; INSERT INTO t VALUES (2); SELECT sum(m(x)) AS s FROM t";
		assert.match(await answer(one, sql), /s\n5\n$/);
		assert.deepEqual(readdirSync(file("")), names);
	});

	test("--unsafe permits other files and settings, and still does not write to the recording", async () => {
		const before = looks(one);
		const out = file("unsafe.csv");
		const sql = `SET threads = 1; COPY (SELECT 7 AS x) TO '${out}'; SELECT x FROM read_csv('${out}')`;
		assert.match(await answer(one, sql, "--unsafe"), /x\n7\n$/);
		assert.equal(readFileSync(out, "utf8"), "x\n7\n");
		const slips: readonly (readonly [sql: string, why: RegExp])[] = [
			["DELETE FROM streams", /read-only/],
			[`ATTACH '${two}' AS w; DELETE FROM w.streams`, /add \(READ_ONLY\)/],
			[`ATTACH '${two}' AS w (READ_ONLY); DELETE FROM w.streams`, /read-only/],
			[`COPY gaps TO '${one}' (FORMAT csv, USE_TMP_FILE false)`, /would be overwritten/],
			[`EXPLAIN ANALYZE COPY gaps TO '${one}' (FORMAT csv, USE_TMP_FILE false)`, /would be overwritten/],
		];
		for (const [write, why] of slips) assert.match((await countersink(["sql", one, write, "--unsafe"])).stderr, why);
		assert.deepEqual(looks(one), before);
	});
});

/** Without the classes of a reader: its arrays and rows as plain ones. */
function plain(value: unknown): unknown {
	if (typeof value !== "object" || value === null) return value;
	if (ArrayBuffer.isView(value) || Array.isArray(value)) return Array.from(value as unknown as unknown[], plain);
	return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, plain(part)]));
}

describe("Arrow, read by another library", () => {
	/** A column: how DuckDB makes it of `i` (0 to 2, null where it is 1), and what flechette must read. */
	const columns: readonly (readonly [sql: string, values: readonly unknown[]])[] = [
		["i", [0n, null, 2n]],
		["i % 4 = 2", [false, null, true]],
		["i::TINYINT - 5", [-5, null, -3]],
		["i::USMALLINT", [0, null, 2]],
		["18446744073709551615::UBIGINT - i::UBIGINT", [18446744073709551615n, null, 18446744073709551613n]],
		["(-9223372036854775808)::BIGINT + i", [-9223372036854775808n, null, -9223372036854775806n]],
		["sum(i) OVER () * -1000000000000000000000 + i * 0", [-2000000000000000000000n, null, -2000000000000000000000n]],
		["99999999999999999999999999999999999999::HUGEINT - i", [10n ** 38n - 1n, null, 10n ** 38n - 3n]],
		["(i * -1.25)::DECIMAL(9, 2)", [0n, null, -250n]],
		["(i / 4)::FLOAT", [0, null, 0.5]],
		["'-inf'::DOUBLE + i", [-Infinity, null, -Infinity]],
		["'ü' || i", ["ü0", null, "ü2"]],
		["encode('b' || i)", [new Uint8Array([98, 48]), null, new Uint8Array([98, 50])]],
		[
			"[i, NULL, 7]",
			[
				[0n, null, 7n],
				[null, null, 7n],
				[2n, null, 7n],
			],
		],
		[
			"{'a': i, 'b': [i]}",
			[
				{ a: 0n, b: [0n] },
				{ a: null, b: [null] },
				{ a: 2n, b: [2n] },
			],
		],
		["(['x', 'y', 'z'])[i + 1]::ENUM('x', 'y', 'z')", ["x", null, "z"]],
		["NULL::BOOLEAN", [null, null, null]],
	];
	/** Integers behind what flechette makes floating-point numbers of. */
	const raw: readonly (readonly [sql: string, values: readonly bigint[]])[] = [
		["make_timestamp_ns(1795341842871412837 + i)", [1795341842871412837n, 1795341842871412839n]],
		["make_timestamp(1795341842871412 + i)", [1795341842871412n, 1795341842871414n]],
		["make_time(1, 2, 3 + i)", [3723000000n, 3725000000n]],
	];

	const asked = async (expressions: readonly string[]): Promise<ArrowTable> => {
		const list = expressions.map((sql, i) => `${sql} AS c${i}`).join(", ");
		const path = file("answer.arrows");
		const sql = `SELECT ${list} FROM (SELECT nullif(range, 1) AS i FROM range(3))`.replaceAll('"', '\\"');
		const { code, stderr } = await shell(`$CS sql ${one} -f arrow "${sql.replaceAll("$", "\\$")}" > ${path}`);
		assert.equal(code, 0, stderr);
		return readArrow(readFileSync(path));
	};

	test("every value is exact", async () => {
		const table = await asked(columns.map(([sql]) => sql));
		for (const [i, [sql, values]] of columns.entries())
			assert.deepEqual([...table.getChild(`c${i}`)].map(plain), values.map(plain), sql);
		const times = await asked(raw.map(([sql]) => sql));
		for (const [i, [sql, values]] of raw.entries()) {
			const buffer = times.getChild(`c${i}`).data[0]!.values as BigInt64Array;
			assert.deepEqual([buffer[0], buffer[2]], values, sql);
		}
	});

	test("a stream of many batches is as DuckDB has it, and one without rows is a stream", async () => {
		const path = file("long.arrows");
		await shell(`$CS sql ${one} -f arrow "SELECT range AS r, hash(range) AS h FROM range(200000)" > ${path}`);
		const table = readArrow(readFileSync(path));
		assert.equal(table.numRows, 200_000);
		const sum = [...table.getChild("h")].reduce<bigint>((total, value) => total + (value as bigint), 0n);
		const session = await openSession([one]);
		const [row] = await rowsOf(session, typedByUser("SELECT sum(hash(range)) AS h FROM range(200000)"));
		await session.close();
		assert.equal(sum, row!.h);
		await shell(`$CS sql ${one} -f arrow "SELECT 1 AS x WHERE false" > ${path}`);
		assert.equal(readArrow(readFileSync(path)).numRows, 0);
	});
});

test("a session completes tables, columns and macros, and is interrupted", async () => {
	const session = await openSession([one]);
	const words = async (text: string): Promise<string[]> =>
		(await session.complete(text)).map((word) => word.text.trim());
	assert.ok((await words("SELECT * FROM synth")).includes("synthetic"));
	assert.ok((await words("SELECT * FROM del")).includes("deltas"));
	assert.ok((await session.tables()).includes("gaps"));
	const running = rowsOf(session, typedByUser("SELECT count(*) FROM range(10000000) a, range(10000000) b"));
	const end = assert.rejects(running, /Interrupt/i);
	const interrupting = setInterval(() => session.interrupt(), 20);
	await end;
	clearInterval(interrupting);
	assert.deepEqual(await rowsOf(session, typedByUser("SELECT 1 AS x")), [{ x: 1 }]);
	await session.close();
});
