// SPDX-License-Identifier: Apache-2.0
/** Opens and asks recordings from strangers, from outside: what they carry is data, and nothing that they say is
 *  run. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { before, describe, test } from "node:test";
import { Recording } from "../../storage/recording.js";
import { countersink, shell, start } from "../support/countersink.js";
import { scratch } from "../support/folder.js";
import { database } from "../support/judge.js";
import { makeRecording } from "../support/made.js";
import { until } from "../support/processes.js";
import { sampled } from "../support/size.js";

const file = scratch();
const good = file("good.duckdb");
const secret = file("secret.txt");
const CANARY = "canary-of-the-reader";

before(async () => {
	writeFileSync(secret, CANARY);
	const counters = [{ id: "net:eth0/rx_bytes" }, { id: "net:eth0/up", semantics: "flag" as const }];
	const rows = Array.from({ length: 100 }, (_, tick) => ({ tick, values: [1000 + 10 * tick, 1] }));
	const disk = { period_ns: 1e6, counters: [{ id: "disk:sda/reads" }], rows: [{ tick: 0, values: [5] }] };
	await makeRecording(good, [{ period_ns: 1e6, counters, rows }, disk]);
});

let made = 0;

/** A copy of the good recording, changed by someone who has DuckDB. */
async function hostile(statements: readonly string[]): Promise<string> {
	const path = file(`hostile-${made++}.duckdb`);
	await database(path, statements, good);
	return path;
}

const verbs = (path: string): string[][] => [
	["info", path],
	["sql", path, "FROM streams", "--csv"],
	["query", "completeness", path, "--csv"],
	["compare", good, path],
	["export", path, "-f", "csv", "-o", file("out.csv")],
];

let asked = 0;

/** Checks that a file is refused in one sentence with this text in it. All verbs open alike, so each call uses the next
 *  verb. */
async function refused(path: string, why: RegExp): Promise<void> {
	const all = verbs(path);
	const words = all[asked++ % all.length]!;
	const { code, stdout, stderr } = await countersink(words);
	assert.deepEqual([code, stdout], [2, ""], `${words[0]}: ${stderr}`);
	assert.match(stderr, /^countersink: [^\n]+; [^\n]+\n$/);
	assert.match(stderr, why);
	assert.doesNotMatch(stderr, new RegExp(CANARY));
	assert.equal(existsSync(file("out.csv")), false);
}

const untrusted = (why: string): RegExp => new RegExp(`is not a recording that can be trusted: .*${why}`);
const replace = (table: string, select: string): string[] => [
	`CREATE TABLE kept AS FROM ${table}`,
	"DROP VIEW IF EXISTS net_long",
	"DROP VIEW IF EXISTS disk_long",
	`DROP TABLE ${table}`,
	select,
];
const noTables = /it has no tables recording, streams and gaps/;

describe("tables that differ from what countersink writes", { concurrency: 2 }, () => {
	const rebuilt = (column: string, type: string): string[] => [
		"CREATE TABLE kept AS FROM net",
		"DROP VIEW net_long",
		"DROP TABLE net",
		`CREATE TABLE net AS SELECT * REPLACE (${column}::${type} AS ${column}) FROM kept`,
		"DROP TABLE kept",
	];
	const files: readonly (readonly [name: string, statements: readonly string[], why: RegExp])[] = [
		["a view named recording", replace("recording", "CREATE VIEW recording AS FROM kept"), noTables],
		[
			"a view named streams, which reads a file",
			replace("streams", `CREATE VIEW streams AS SELECT content AS name FROM read_text('${secret}')`),
			noTables,
		],
		[
			"a view named counters",
			replace("counters", "CREATE VIEW counters AS FROM kept"),
			untrusted("it has no table counters"),
		],
		["no table of a stream", ["DROP VIEW net_long", "DROP TABLE net"], untrusted("it has no table net;")],
		[
			"a view named as a stream",
			replace("net", `CREATE VIEW net AS SELECT content AS ts FROM read_text('${secret}')`),
			untrusted("it has no table net;"),
		],
		[
			"a generated column",
			[
				"DROP VIEW net_long",
				"DROP TABLE net",
				"CREATE TABLE net (ts TIMESTAMP_NS NOT NULL, tick UBIGINT NOT NULL, read_ns UINTEGER NOT NULL, eth0_rx_bytes UBIGINT, eth0_up UBIGINT GENERATED ALWAYS AS (tick * 2))",
			],
			untrusted("its table net differs from what countersink writes: countersink writes no defaults, "),
		],
		[
			"a generated column of the table recording",
			[
				"CREATE TABLE kept AS FROM recording",
				"DROP TABLE recording",
				"CREATE TABLE recording (x INTEGER, format_version UINTEGER GENERATED ALWAYS AS (4), countersink_version VARCHAR)",
				"INSERT INTO recording (x) VALUES (1)",
			],
			noTables,
		],
		[
			"a default",
			["DROP VIEW net_long", "ALTER TABLE net ALTER eth0_up SET DEFAULT 7"],
			untrusted("its table net differs .* no defaults"),
		],
		[
			"a default that looks around",
			[`ALTER TABLE gaps ALTER reason SET DEFAULT (current_setting('threads')::VARCHAR)`],
			untrusted("its table gaps differs"),
		],
		[
			"a check",
			replace(
				"marks",
				"CREATE TABLE marks (ts TIMESTAMP_NS NOT NULL, name VARCHAR NOT NULL, detail VARCHAR, CHECK (length(name) > 0))",
			),
			untrusted("its table marks differs from .* checks"),
		],
		[
			"a key",
			replace(
				"marks",
				"CREATE TABLE marks (ts TIMESTAMP_NS NOT NULL, name VARCHAR NOT NULL PRIMARY KEY, detail VARCHAR)",
			),
			untrusted("its table marks differs .* keys"),
		],
		[
			"a collation",
			replace(
				"marks",
				"CREATE TABLE marks (ts TIMESTAMP_NS NOT NULL, name VARCHAR COLLATE NOCASE NOT NULL, detail VARCHAR)",
			),
			untrusted("its table marks differs .* collations"),
		],
		["an index", ["CREATE INDEX i ON marks (name)"], untrusted("its table marks differs from .* indexes")],
		[
			"a type of the user",
			[
				"CREATE TYPE mood AS ENUM ('counter', 'gauge', 'flag')",
				...replace("counters", "CREATE TABLE counters AS SELECT * REPLACE (semantics::mood AS semantics) FROM kept"),
			],
			untrusted("its table counters differs"),
		],
		[
			"an enum where a text should be",
			replace("marks", "CREATE TABLE marks (ts TIMESTAMP_NS NOT NULL, name ENUM('a') NOT NULL, detail VARCHAR)"),
			untrusted(
				`its table marks differs from what countersink writes: column 2 is name ENUM\\('a'\\) and should be name VARCHAR`,
			),
		],
		["ts of another type", rebuilt("ts", "VARCHAR"), untrusted("column 1 is ts VARCHAR and should be ts TIMESTAMP_NS")],
		["ts of another unit", rebuilt("ts", "TIMESTAMP"), untrusted("column 1 is ts TIMESTAMP and should be")],
		["tick of another type", rebuilt("tick", "UTINYINT"), untrusted("column 2 is tick UTINYINT")],
		["read_ns of another type", rebuilt("read_ns", "VARCHAR"), untrusted("column 3 is read_ns VARCHAR")],
		["a column too few", ["DROP VIEW net_long", "ALTER TABLE net DROP eth0_up"], untrusted("column 5 is missing")],
		[
			"a column too many",
			["ALTER TABLE net ADD COLUMN more UBIGINT"],
			untrusted("column 6 is more UBIGINT and should not be there"),
		],
		[
			"a counter of no column",
			["UPDATE counters SET column_name = 'eth0_down' WHERE column_name = 'eth0_up'"],
			untrusted("column 5 is eth0_up"),
		],
		[
			"a counter twice",
			["INSERT INTO counters SELECT * FROM counters LIMIT 1"],
			untrusted("stream net has 2 counters, and 3"),
		],
		[
			"two counters in one column",
			["UPDATE counters SET column_name = 'eth0_up'"],
			untrusted("stream net has two counters in one column"),
		],
	];
	for (const [name, statements, why] of sampled(files)) test(name, async () => refused(await hostile(statements), why));

	/* Writers of CSV and Arrow read cells by the type that the counter claims. With these files they would read foreign
	 * memory. */
	test("counters.type must match the type of the column, whatever the two are", async () => {
		const types = { u64: "UBIGINT", i64: "BIGINT", f64: "DOUBLE" };
		for (const [type, right] of Object.entries(types))
			for (const real of ["UBIGINT", "BIGINT", "DOUBLE", "VARCHAR", "UTINYINT", "HUGEINT", "UBIGINT[]"]) {
				const path = await hostile([
					"CREATE TABLE kept AS FROM net",
					"DROP VIEW net_long",
					"DROP TABLE net",
					`CREATE TABLE net AS SELECT ts, tick, read_ns, ${real.endsWith("]") ? "[1]" : "1"}::${real} AS eth0_rx_bytes, eth0_up FROM kept`,
					"ALTER TABLE net ALTER ts SET NOT NULL",
					"ALTER TABLE net ALTER tick SET NOT NULL",
					"ALTER TABLE net ALTER read_ns SET NOT NULL",
					`UPDATE counters SET type = '${type}' WHERE column_name = 'eth0_rx_bytes'`,
				]);
				const opened = Recording.open(path);
				if (real === right) (await opened).close();
				else
					await assert.rejects(opened, untrusted(`column 4 is eth0_rx_bytes .* and should be eth0_rx_bytes ${right}`));
			}
	});
});

describe("impossible values", { concurrency: 2 }, () => {
	const name = (stream: string): string[] => [
		`UPDATE streams SET name = '${stream.replaceAll("'", "''")}' WHERE name = 'net'`,
		`UPDATE counters SET stream = '${stream.replaceAll("'", "''")}' WHERE stream = 'net'`,
		"DROP VIEW net_long",
		`ALTER TABLE net RENAME TO "${stream.replaceAll('"', '""')}"`,
	];
	const column = (to: string): string[] => [
		"DROP VIEW net_long",
		`ALTER TABLE net RENAME eth0_up TO "${to.replaceAll('"', '""')}"`,
		`UPDATE counters SET column_name = '${to.replaceAll("'", "''")}' WHERE column_name = 'eth0_up'`,
	];
	const write = `COPY (SELECT 1) TO '${file("written.csv")}'`;
	const named = untrusted("the name of a (stream|column) is ");
	const files: readonly (readonly [name: string, statements: readonly string[], why: RegExp])[] = [
		["a period of 0", ["UPDATE streams SET period_ns = 0"], untrusted("stream net has a period of 0 ns")],
		[
			"a period of 500 years",
			["UPDATE streams SET period_ns = 18446744073709551615"],
			untrusted("has a period of 18446744073709551615 ns"),
		],
		[
			"a pacer that is none",
			["UPDATE streams SET paced_by = 'x'"],
			untrusted("stream net is paced by none of sampler, "),
		],
		[
			"a device without a period",
			["UPDATE streams SET paced_by = 'device'"],
			untrusted("stream net was granted a period without being paced by a device, or the other way round"),
		],
		[
			"a granted period of events",
			["UPDATE streams SET paced_by = 'events', granted_ns = 1000"],
			untrusted("stream net was granted a period without being paced by a device"),
		],
		["half an import", ["UPDATE recording SET imported_from = 'x'"], untrusted("it tells only a part of its import")],
		[
			"a granted period of 0",
			["UPDATE streams SET paced_by = 'device', granted_ns = 0"],
			untrusted("stream net was granted a period of 0 ns"),
		],
		["a width of 0", ["UPDATE counters SET width = 0"], untrusted("has a counter of 0 bits")],
		["a width of 200", ["UPDATE counters SET width = 200"], untrusted("has a counter of 200 bits")],
		[
			"unknown semantics",
			["UPDATE counters SET semantics = 'x'"],
			untrusted("a counter whose semantics is not one of counter, "),
		],
		["an unknown type", ["UPDATE counters SET type = 'u32'"], untrusted("a counter whose type is not one of u64, ")],
		[
			"counters of no stream",
			["INSERT INTO counters SELECT * REPLACE ('x' AS stream) FROM counters"],
			untrusted("it has counters that belong to no stream"),
		],
		[
			"two rows of recording",
			["INSERT INTO recording FROM recording"],
			untrusted("its table recording has 2 rows, and at most 1"),
		],
		["no stream", ["DELETE FROM streams"], untrusted("it has no stream")],
		[
			"two streams of one name",
			["INSERT INTO streams FROM streams WHERE name = 'net'"],
			untrusted("the name net stands for more than one table"),
		],
		[
			"a hundred thousand streams",
			["INSERT INTO streams SELECT s.* FROM streams s, range(50000)"],
			untrusted("its table streams has \\d+ rows"),
		],
		[
			"texts of 200 MB",
			["UPDATE counters SET help = repeat('x', 100000000)"],
			untrusted("its table counters has more than \\d+ bytes"),
		],
		[
			"millions of marks",
			["INSERT INTO marks SELECT now(), 'm', NULL FROM range(2000000)"],
			untrusted("its table marks has 2000000 rows"),
		],
		[
			"a stream called recording",
			[
				"UPDATE streams SET name = 'recording' WHERE name = 'net'",
				"UPDATE counters SET stream = 'recording' WHERE stream = 'net'",
			],
			untrusted("the name recording stands for more than one table"),
		],
		["a stream called gaps_long, and one called gaps", name("gaps"), untrusted("the name gaps stands|")],
		["a statement as the name of a stream", name(`net"; ${write}; --`), named],
		["a statement as the name of a stream, in a text", name(`net'; ${write}; --`), named],
		["a stream with a dot", name("other.net"), named],
		["a stream with a line break", name("net\nnet"), named],
		["a stream without a name", name(" "), named],
		["a statement as the name of a column", column(`up"; ${write}; --`), named],
		[
			"a column called ts",
			["UPDATE counters SET column_name = 'ts' WHERE column_name = 'eth0_up'"],
			untrusted("has a counter in its column ts"),
		],
	];
	for (const [what, statements, why] of sampled(files))
		test(what, async () => {
			/* Two tables cannot have the same name, so DuckDB itself refuses the last of these. */
			const path = await hostile(statements).catch(() => null);
			if (path === null) return assert.match(what, /gaps_long/);
			await refused(path, why);
			assert.equal(existsSync(file("written.csv")), false);
		});

	test("ids, units and texts may be anything, and are never run", async () => {
		const text = `x'; ${write}; --`.replaceAll("'", "''");
		const path = await hostile([
			`UPDATE counters SET id = '${text}', unit = '${text}', help = '${text}', instance = '${text}' WHERE column_name = 'eth0_up'`,
			`UPDATE recording SET host = '${text}', detail = '${text}', events = ['${text}']`,
			`INSERT INTO marks SELECT now(), '${text}', '${text}'`,
			`INSERT INTO gaps SELECT 'net', 100, 0, '${text}', now()`,
		]);
		for (const words of [...verbs(path).slice(0, 4), ["query", "moved", path, "--stream", "net"]]) {
			const { code, stderr } = await countersink(words);
			assert.equal(code, 0, stderr);
		}
		assert.equal(existsSync(file("written.csv")), false);
	});
});

describe("nothing else in a file answers", { concurrency: 2 }, () => {
	const answers = async (path: string): Promise<unknown[]> => {
		const said = await Promise.all([
			countersink(["info", path, "--json"]),
			countersink(["query", "moved", path, "--stream", "net", "--csv"]),
			countersink(["query", "completeness", path, "--csv"]),
			countersink([
				"sql",
				path,
				"--csv",
				"SELECT count(*), sum(value) FROM net_long; FROM deltas('net', 'eth0_rx_bytes'); FROM tables LIMIT 0",
			]),
			countersink([
				"sql",
				path,
				"--csv",
				"SELECT count(*) AS n FROM gaps; FROM completeness(); SELECT sum(eth0_up) AS s FROM net",
			]),
		]);
		return said.map(({ code, stdout, stderr }) =>
			[code, stdout, stderr].map((text) => String(text).replaceAll(path, "PATH")),
		);
	};
	const macros: readonly (readonly [name: string, statements: readonly string[]])[] = [
		[
			"sum(), in SQL and in a view",
			["CREATE MACRO sum(x) AS 42", "CREATE MACRO count(x) AS 42", "CREATE MACRO max(x) AS 42"],
		],
		[
			"duckdb_tables() and duckdb_columns()",
			[
				"CREATE MACRO duckdb_tables() AS TABLE SELECT 'x' AS table_name",
				"CREATE MACRO duckdb_columns() AS TABLE SELECT 1 AS x",
				"CREATE MACRO duckdb_views() AS TABLE SELECT 1 AS x",
			],
		],
		[
			"ours",
			[
				"CREATE OR REPLACE MACRO _step(value, previous, highest) AS 42",
				"CREATE OR REPLACE MACRO _column(counter) AS 'eth0_up'",
				"CREATE OR REPLACE MACRO moved(a, b, width := 1) AS TABLE SELECT 42 AS moved",
			],
		],
		[
			"a macro that reads a file",
			[
				`CREATE MACRO epoch_ns(x) AS (SELECT content FROM read_text('${secret}'))`,
				`CREATE MACRO coalesce2(x) AS (SELECT content FROM read_text('${secret}'))`,
			],
		],
		[
			"long views",
			[
				"CREATE OR REPLACE VIEW net_long AS SELECT 1 AS value",
				`CREATE VIEW tables AS SELECT content FROM read_text('${secret}')`,
			],
		],
		["a huge view", ["CREATE VIEW a_huge_one AS SELECT x FROM range(5000000000) t(x) ORDER BY hash(x)"]],
		[
			"other tables, schemas, types, sequences",
			[
				"CREATE TABLE mine AS SELECT 1 AS x",
				"CREATE SCHEMA net",
				"CREATE TYPE ubigint2 AS ENUM ('a')",
				"CREATE SEQUENCE s",
			],
		],
	];
	let expected: unknown[];
	before(async () => {
		expected = await answers(good);
	});
	for (const [name, statements] of macros)
		test(name, async () => {
			const path = await hostile(statements);
			assert.deepEqual(await answers(path), expected);
			const { code, stderr } = await countersink(["sql", "--unsafe", path, "SELECT 1"]);
			assert.equal(code, 2);
			assert.match(
				stderr,
				/holds what countersink did not write \((view|macro|table|type|sequence|schema) \S+( and \d+ more)?\), .*; copy its tables with countersink recover --clean \S+ -o NEW, and ask the copy\n$/,
			);
		});

	test("what --unsafe refuses, recover --clean copies without it", async () => {
		const path = await hostile([
			...macros.flatMap(([, statements]) => statements.filter((one) => /VIEW a_|sum\(/.test(one))),
		]);
		const clean = file("clean.duckdb");
		const copied = await countersink(["recover", "--clean", path, "-o", clean]);
		assert.equal(copied.code, 0, copied.stderr);
		const { code, stdout, stderr } = await countersink([
			"sql",
			"--unsafe",
			clean,
			"--csv",
			"SELECT sum(eth0_up) AS s FROM net",
		]);
		assert.deepEqual([code, stdout], [0, "s\n100\n"], stderr);
	});

	test("--unsafe accepts a recording that only countersink wrote", async () => {
		const { code, stderr } = await countersink(["sql", "--unsafe", good, `SELECT content FROM read_text('${secret}')`]);
		assert.equal(code, 0, stderr);
	});
});

describe("logs and paths", () => {
	const beside = async (make: (log: string) => void): Promise<string> => {
		const path = await hostile([]);
		make(`${path}.wal`);
		return path;
	};
	const logs: readonly (readonly [name: string, make: (log: string) => void])[] = [
		["a FIFO", (log) => spawnSync("mkfifo", [log])],
		["a link to a FIFO", (log) => spawnSync("sh", ["-c", 'mkfifo "$0.fifo" && ln -s "$0.fifo" "$0"', log])],
		["a link to a device", (log) => symlinkSync("/dev/zero", log)],
		["a link to a file", (log) => symlinkSync(secret, log)],
		["a folder", (log) => mkdirSync(log)],
		["a FIFO for a checkpoint", (log) => spawnSync("mkfifo", [`${log}.checkpoint`])],
	];
	for (const [name, make] of logs)
		test(`the log is ${name}`, async () =>
			refused(await beside(make), /would be read as the log of .*, but it is not a regular file/));

	test("the log of a link is that of the file", async () => {
		const path = await beside((log) => spawnSync("mkfifo", [log]));
		symlinkSync(path, file("link.duckdb"));
		await refused(file("link.duckdb"), /would be read as the log of/);
	});

	test("a log with other content counts as damage", async () => {
		const path = await beside((log) => writeFileSync(log, "no log of anything".repeat(100)));
		const { code, stderr } = await countersink(["info", path]);
		assert.ok(code === 1 || code === 0, stderr);
	});
});

describe("memory", () => {
	test("--memory is a limit; spilled data is not beside the recording, and is removed afterwards", async () => {
		const [cwd, tmp] = [file("cwd"), file("tmp")];
		mkdirSync(cwd);
		mkdirSync(tmp);
		const before = readdirSync(file(""));
		const sort =
			"SELECT max(k) FROM (SELECT hash(range) AS k, repeat('x', 100) || range AS t FROM range(2000000) ORDER BY k, t)";
		const { code, stdout } = await shell(
			`cd ${cwd} && (while ! ls ${tmp}/.countersink-spill-*/* > /dev/null 2>&1; do sleep 0.02; done; ls ${tmp}/.countersink-spill-*/ > ${cwd}/seen) & watcher=$!; cd ${cwd} && TMPDIR=${tmp} $CS sql ${good} --memory 64MB --csv "${sort}"; kill $watcher 2> /dev/null; wait; cat ${cwd}/seen`,
		);
		assert.equal(code, 0, stdout);
		assert.match(stdout, /duckdb_temp/);
		assert.deepEqual(readdirSync(tmp), []);
		assert.deepEqual(readdirSync(cwd), ["seen"]);
		assert.deepEqual(readdirSync(file("")), before);
	});

	test("spilled data is removed, too, when the process is killed", async () => {
		const tmp = file("tmp-of-one-that-is-ended");
		mkdirSync(tmp);
		const sql =
			"SELECT max(k) FROM (SELECT hash(range) AS k, repeat('x', 100) || range AS t FROM range(50000000) ORDER BY k, t)";
		const { child, outcome } = start(["sql", good, "--memory", "64MB", sql], { env: { ...process.env, TMPDIR: tmp } });
		await until("something is put aside", () => readdirSync(tmp, { recursive: true }).length > 1);
		child.kill("SIGTERM");
		assert.equal((await outcome).code, null);
		assert.deepEqual(readdirSync(tmp), []);
	});

	test("a statement that needs more memory says what to do", async () => {
		const sql = "SELECT count(*) FROM (SELECT DISTINCT range || repeat('x', 500) FROM range(2000000))";
		const env = { ...process.env, TMPDIR: file("nowhere") };
		const { code, stderr } = await countersink(["sql", good, "--memory", "64MB", sql], { env });
		assert.equal(code, 1);
		assert.match(stderr, /^countersink: Out of Memory Error: .*; allow more with --memory, as in --memory 4GB, .*\n$/);
	});

	for (const [words, why] of [
		["1", "'1' is not an amount of memory; write a number and a unit, as in 512MB or 4GiB"],
		["1MB", "'1MB' is too little memory; give at least 32 MiB"],
	] as const)
		test(`--memory ${words}`, async () => {
			const { code, stderr } = await countersink(["sql", good, "--memory", words, "SELECT 1"]);
			assert.deepEqual([code, stderr], [2, `countersink: ${why}\n`]);
		});
});
