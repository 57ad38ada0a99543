// SPDX-License-Identifier: Apache-2.0
/** Bad input: one sentence on stderr, nothing on stdout, the exit status, and nothing done. */
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { before, describe, test } from "node:test";
import { FORMAT_VERSION } from "../../storage/file.js";
import { countersink, shell } from "../support/countersink.js";
import { scratch } from "../support/folder.js";
import { database, judgeFile } from "../support/judge.js";
import { sampled } from "../support/size.js";

const file = scratch();
const good = file("good.duckdb");

before(async () => {
	const { code, stderr } = await countersink(["record", "-e", "synthetic:0/*@1kHz", "-d", "300ms", "-o", good]);
	assert.equal(code, 0, stderr);
	await database(
		file("other-version.duckdb"),
		["UPDATE recording SET format_version = 99, countersink_version = '9.9.9'"],
		good,
	);
	await database(file("not-ours.duckdb"), ["CREATE TABLE t AS SELECT 1 AS x"]);
	await database(file("not-begun.duckdb"), ["DELETE FROM recording"], good);
	writeFileSync(file("empty.duckdb"), "");
	writeFileSync(file("text.txt"), "This is not a recording.\n");
	for (const [name, bytes] of [
		["head.duckdb", 100],
		["half.duckdb", 300_000],
	] as const) {
		writeFileSync(file(name), readFileSync(good));
		truncateSync(file(name), bytes);
	}
	mkdirSync(file("folder"));
	await shell(`mkfifo ${file("pipe")}`);
});

interface Refusal {
	readonly words: readonly string[];
	readonly code: number;
	/** All of stderr, without its first word and its line end; a pattern only where it contains a measured number. */
	readonly message: string | RegExp;
}

const record = (event: string, ...more: string[]): string[] => [
	"record",
	"-e",
	event,
	"-o",
	file("never.duckdb"),
	...more,
];

const refusals: readonly Refusal[] = [
	{ words: ["frob"], code: 2, message: "unknown command 'frob'\n(run with --help for usage)" },
	{ words: ["record", "--frob"], code: 2, message: "unknown option '--frob'" },
	{ words: ["info"], code: 2, message: "missing required argument 'file'" },
	{ words: ["info", good, good], code: 2, message: "too many arguments for 'info'. Expected 1 argument but got 2." },
	{
		words: ["record"],
		code: 2,
		message: "there is nothing to record; name counters with -e, as in -e 'net:*@10kHz' ('countersink list' shows all)",
	},
	{ words: record("syntetic:0/ramp"), code: 2, message: "there is no source 'syntetic'; did you mean 'synthetic'?" },
	{
		words: record("qqqqqqqqqqqq"),
		code: 2,
		message: /^there is no source 'qqqqqqqqqqqq'; the sources are net, .*synthetic$/,
	},
	{
		words: record(":::"),
		code: 2,
		message: "':::' is not a valid event; write source:instance/name@rate, as in 'net:eth0/*@10kHz'",
	},
	{
		words: record("synthetic:0/rmp"),
		code: 2,
		message: "'synthetic:0/rmp' matches no counter; did you mean 'synthetic:0/ramp'?",
	},
	{
		words: record("synthetic:77/something*"),
		code: 2,
		message: "'synthetic:77/something*' matches no counter; 'countersink list synthetic:*' shows those of synthetic",
	},
	{
		words: record("synthetic:0/ramp@fast"),
		code: 2,
		message:
			"'@fast' in 'synthetic:0/ramp@fast' is not a valid rate; write a frequency or a period, as in @10kHz, @100us or @1s",
	},
	{
		words: record("synthetic:0/ramp@2MHz"),
		code: 2,
		message: "'@2MHz' in 'synthetic:0/ramp@2MHz' is faster than 1 MHz; the shortest period is 1us",
	},
	{
		words: record("synthetic:0/ramp@2h"),
		code: 2,
		message: "'@2h' in 'synthetic:0/ramp@2h' is slower than once an hour; the longest period is 1h",
	},
	{
		words: record("synthetic:0/ramp", "-r", "often"),
		code: 2,
		message: "'often' is not a valid rate; write a frequency or a period, as in 10kHz or 100us",
	},
	{
		words: record("synthetic:0/ramp", "-r", "100MHz", "--force"),
		code: 2,
		message: "'100MHz' is outside of the possible rates; give one from 1MHz (1us) to once an hour (1h)",
	},
	{
		words: record("synthetic:0/ramp?speed=9"),
		code: 2,
		message: "'speed=9' in 'synthetic:0/ramp?speed=9' is not an option of synthetic; it takes slow=..., error=...",
	},
	{
		words: record("synthetic:0/ramp?slow=1"),
		code: 2,
		message: "synthetic option slow=1 is not understood; write slow=TICKS:DURATION or error=TICKS:RUN",
	},
	{
		words: record("synthetic:0/ramp?slow=1:2ms@1kHz"),
		code: 2,
		message:
			/^synthetic cannot be read at 1 kHz: one read of its 1 counter takes [0-9.]+ ms here; ask for at most [0-9.]+ Hz, for fewer counters, or record what it gives with --force$/,
	},
	...["0s", "5", "soon", "-1s"].map((text) => ({
		words: record("synthetic:0/ramp", `--duration=${text}`),
		code: 2,
		message: `'${text}' is not a valid duration; write a number and a unit, as in 500ms, 5s or 2m`,
	})),
	{
		words: record("synthetic:0/ramp", "--depth", "deep"),
		code: 2,
		message: "'deep' is not a valid duration; write a number and a unit, as in 500ms, 5s or 2m",
	},
	{
		words: record("synthetic:0/ramp", "--max-loss", "200%"),
		code: 2,
		message: "'200%' is not a valid share of the ticks; write a percentage, as in 1%",
	},
	{
		words: record("synthetic:0/ramp", "--cpu", "4095"),
		code: 2,
		message: /^'4095' is not a CPU of this machine; choose one of [0-9, ]+, or any$/,
	},
	{
		words: record("synthetic:0/ramp", "--wait", "doze"),
		code: 2,
		message: "option '-w, --wait <policy>' argument 'doze' is invalid. Allowed choices are sleep, hybrid, spin.",
	},
	{
		words: ["sql", good, "--csv", "-f", "json"],
		code: 2,
		message: "option '--csv' cannot be used with option '-f, --format <format>'",
	},
	{
		words: ["query", "moved", "--explain", "--json"],
		code: 2,
		message: "option '--explain' cannot be used with option '--json'",
	},
	...["--csv", "--explain", "--stream=net"].map((flag) => ({
		words: ["query", flag],
		code: 2,
		message: "no query was given; name one of those that 'countersink query' lists",
	})),
	{
		words: ["record", "-e", "synthetic:0/ramp", "-o", good],
		code: 2,
		message: `${good} exists; name another file with -o, or replace it with --overwrite`,
	},
	{
		words: ["record", "-e", "synthetic:0/ramp", "-o", file("")],
		code: 2,
		message: `${file("")} is a folder; name another file with -o`,
	},
	{
		words: ["record", "-e", "synthetic:0/ramp", "-o", ""],
		code: 2,
		message: "the name of the recording is empty; name another file with -o",
	},
	{
		words: ["record", "-e", "synthetic:0/ramp", "-o", "what?.duckdb"],
		code: 2,
		message: "DuckDB cannot write to a path with '?', as in what?.duckdb; name another file with -o",
	},
	{
		words: ["record", "-e", "synthetic:0/ramp", "-o", file("nowhere/x.duckdb")],
		code: 2,
		message: `there is no folder ${file("nowhere")} for ${file("nowhere/x.duckdb")}; make it, or name another file with -o`,
	},
	{
		words: ["record", "-e", "synthetic:0/ramp", "-o", file("text.txt/x.duckdb")],
		code: 2,
		message: `there is no folder ${file("text.txt")} for ${file("text.txt/x.duckdb")}; make it, or name another file with -o`,
	},
	{
		words: ["record", "-e", "synthetic:0/ramp", "-o", file("folder"), "--overwrite"],
		code: 2,
		message: `${file("folder")} is a folder; name another file with -o`,
	},
	...["text.txt", "pipe"].map((name) => ({
		words: ["record", "-e", "synthetic:0/ramp", "-o", file(name), "--overwrite"],
		code: 2,
		message: `${file(name)} is not a recording, so it is not replaced; remove it, or name another file with -o`,
	})),
	...["info", "sql"].flatMap((verb) =>
		[
			["missing.duckdb", 2, `FILE does not exist; 'countersink record -o FILE' makes a recording`],
			["folder", 2, "FILE is a folder; name a recording, a file made by 'countersink record'"],
			["text.txt", 2, "FILE is not a recording: it is not a DuckDB file"],
			["empty.duckdb", 2, "FILE is not a recording: it is not a DuckDB file"],
			["pipe", 2, "FILE is not a recording: it is not a DuckDB file"],
			[
				"not-ours.duckdb",
				2,
				"FILE is a DuckDB file but not a recording: it has no tables recording, streams and gaps; name a file made by 'countersink record'",
			],
			[
				"other-version.duckdb",
				2,
				`FILE has format version 99, written by countersink 9.9.9; this countersink reads version ${FORMAT_VERSION}, so use that version`,
			],
			[
				"not-begun.duckdb",
				2,
				"FILE is a DuckDB file but not a recording: its table recording is empty; name a file made by 'countersink record'",
			],
			[
				"head.duckdb",
				1,
				/^\S+head\.duckdb is damaged or cut off \(.*\); what can still be read may be wrong, so record again$/,
			],
			[
				"half.duckdb",
				1,
				/^\S+half\.duckdb is damaged or cut off \(.*\); what can still be read may be wrong, so record again$/,
			],
		].map(([name, code, message]) => ({
			words: [verb, file(name as string), ...(verb === "sql" ? ["SELECT 1"] : [])],
			code: code as number,
			message: typeof message === "string" ? message.replaceAll("FILE", file(name as string)) : (message as RegExp),
		})),
	),
	...["", " ", ";", "/* nothing */ -- at all"].map((text) => ({
		words: ["sql", good, text],
		code: 2,
		message: `there is no SQL; give it as an argument, as in countersink sql ${good} "SELECT * FROM streams", or on standard input`,
	})),
	{
		words: ["sql", good, "SELECT 1", "--format", "xml"],
		code: 2,
		message:
			"option '-f, --format <format>' argument 'xml' is invalid. Allowed choices are table, csv, json, ndjson, arrow.",
	},
];

describe("bad input", { concurrency: 2 }, () => {
	for (const { words, code, message } of sampled(refusals))
		test(`countersink ${words.join(" ").replaceAll(file(""), "")}`, async () => {
			const outcome = await countersink(words);
			assert.equal(outcome.stdout, "");
			assert.match(outcome.stderr, /^countersink: /);
			const said = outcome.stderr.slice("countersink: ".length).trimEnd();
			if (typeof message === "string") assert.equal(said, message);
			else assert.match(said, message);
			assert.equal(outcome.code, code);
			assert.equal(existsSync(file("never.duckdb")), false);
		});
});

/** SQL that a recording must not answer, and the kind of error that DuckDB gives. */
const forbidden: readonly (readonly [sql: string, why: RegExp])[] = [
	["SELEC 1", /Parser Error/],
	["SELECT * FROM nonesuch", /Catalog Error/],
	["SELECT nonesuch FROM synthetic", /Binder Error/],
	["SELECT error('mine')", /mine/],
	["DROP TABLE gaps", /read-only mode/],
	["UPDATE recording SET ended = 'complete'", /read-only mode/],
	["INSERT INTO gaps SELECT * FROM gaps", /read-only mode/],
	["CREATE TABLE t AS SELECT 1", /read-only mode/],
	["SELECT * FROM read_csv('/etc/passwd')", /file system operations are disabled/],
	["SELECT * FROM read_text('/etc/passwd')", /file system operations are disabled/],
	["SELECT * FROM glob('/etc/*')", /file system operations are disabled/],
	["SELECT * FROM '/etc/passwd'", /Catalog Error/],
	["SET enable_external_access = true", /locked/],
	["SET lock_configuration = false", /locked/],
];

describe("forbidden SQL", { concurrency: 2 }, () => {
	for (const [sql, why] of sampled(forbidden))
		test(`${sql.replaceAll(file(""), "")}`, async () => {
			const { code, stdout, stderr } = await countersink(["sql", good, sql]);
			assert.equal(stdout, "");
			assert.match(stderr, why);
			assert.match(stderr, /^countersink: /);
			const tables =
				/\(the tables are: clock_anchors, counters, device_clocks, gaps, .*synthetic, synthetic_long, tail, trace_strings\)$/m;
			if (/Table with name/.test(stderr)) assert.match(stderr, tables);
			else assert.doesNotMatch(stderr, /the tables are/);
			assert.doesNotMatch(stderr, /^ {4}at |internal error/m);
			assert.equal(code, 1);
			assert.equal((await judgeFile(good)).ended, "complete");
		});
});
