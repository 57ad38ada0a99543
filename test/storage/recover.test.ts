// SPDX-License-Identifier: Apache-2.0
/** A recording whose recorder was killed: what it says of itself, with and without its log, and what `recover` makes of
 *  it. */
import assert from "node:assert/strict";
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync } from "node:fs";
import { before, test } from "node:test";
import { countersink, start } from "../support/countersink.js";
import { scratch } from "../support/folder.js";
import { database, judgeFile, withFile } from "../support/judge.js";
import { childrenOf, isGone, nameOf, until } from "../support/processes.js";

const file = scratch();
const EVENTS = ["-e", "synthetic:0/*@2kHz", "-e", "synthetic:1/ramp@10Hz"];

/** A recorder that was killed after some rows were committed. */
async function killed(
	path: string,
	...more: readonly string[]
): Promise<{ readonly pid: number; readonly left: number[] }> {
	const { child, outcome } = start(["record", "--force", "-o", path, ...EVENTS, ...more]);
	await until("rows are committed", async () => {
		if (!existsSync(`${path}.wal`)) return false;
		const { stdout } = await countersink(["sql", path, "SELECT count(*) > 300 FROM synthetic", "--csv"]);
		return /true/.test(stdout);
	});
	const left = childrenOf(child.pid!).filter((pid) => nameOf(pid) === "sleep");
	child.kill("SIGKILL");
	await outcome;
	return { pid: child.pid!, left };
}

/** A copy, with its log or without. */
function copyTo(path: string, withLog: boolean): string {
	copyFileSync(killedPath, path);
	if (withLog) copyFileSync(`${killedPath}.wal`, `${path}.wal`);
	return path;
}

let killedPath: string;
let writer: number;
let fine: string;
before(async () => {
	killedPath = file("killed.duckdb");
	writer = (await killed(killedPath)).pid;
	fine = file("fine.duckdb");
	assert.equal((await countersink(["record", ...EVENTS, "-d", "500ms", "-o", fine])).code, 0);
});

const noteOf = async (path: string): Promise<string> => (await countersink(["sql", path, "SELECT 1"])).stderr;
const ask = async (path: string, sql: string): Promise<string> =>
	(await countersink(["sql", path, sql, "--csv"])).stdout.split("\n").slice(1).join("\n");

test("a recording that was moved without its log says so when opened; one with its log does not", async () => {
	const whole = copyTo(file("whole.duckdb"), true);
	const alone = copyTo(file("alone.duckdb"), false);
	const sentence =
		/its log is missing: what was committed after (\S+ \S+|its start) is not here; put alone\.duckdb\.wal back/;
	assert.match(await noteOf(alone), sentence);
	assert.match((await countersink(["info", alone])).stdout, sentence);
	assert.equal(JSON.parse((await countersink(["info", alone, "--json"])).stdout).log_missing, true);
	assert.match(
		await noteOf(whole),
		/was killed, failed or ran out of disk space; everything up to the last commit is here/,
	);
	assert.equal(JSON.parse((await countersink(["info", whole, "--json"])).stdout).log_missing, false);
	/* Another DuckDB has merged the log, so nothing is missing, and nothing says so. */
	await database(whole, ["SELECT 1"]);
	assert.equal(existsSync(`${whole}.wal`), false);
	assert.doesNotMatch(await noteOf(whole), /log is missing/);
	await judgeFile(whole);
});

test("the mark of the log is right after every checkpoint of a longer recording, too", async () => {
	const path = file("long.duckdb");
	const words = ["record", "-e", "synthetic:[0-7]/*@20kHz", "--force", "-o", path];
	const { child, outcome } = start(words);
	/* The first merge of a long log. */
	let size = 0;
	await until("rows are merged into the file", () => {
		size = Math.max(size, existsSync(path) ? statSync(path).size : 0);
		return size > 5_000_000;
	});
	await until("a log follows", () => existsSync(`${path}.wal`) && statSync(`${path}.wal`).size > 1000);
	child.kill("SIGKILL");
	await outcome;
	copyFileSync(path, file("long-alone.duckdb"));
	assert.match(
		await noteOf(file("long-alone.duckdb")),
		/its log is missing: what was committed after \S+ \S+ is not here/,
	);
	assert.doesNotMatch(await noteOf(path), /log is missing/);
	await judgeFile(path);
	await judgeFile(file("long-alone.duckdb"));
});

test("recover merges the log, accounts for every tick and writes the end; a second run does nothing", async () => {
	const path = copyTo(file("recovered.duckdb"), true);
	const rows = await ask(path, "SELECT count(*) FROM synthetic");
	const first = await countersink(["recover", path]);
	assert.equal(first.code, 0, first.stderr);
	assert.match(
		first.stderr,
		/recovered\.duckdb: [\d,]+ ticks of 2 streams up to \S+ \S+ UTC, (none|[\d,]+) of them in gaps as killed\n/,
	);
	assert.equal(existsSync(`${path}.wal`), false);
	const { ended, streams } = await judgeFile(path);
	assert.equal(ended, "recovered");
	assert.equal(`${streams.synthetic!.rows}\n`, rows);
	await withFile(path, async (recording) => {
		for (const stream of await recording.rows("SELECT * FROM streams")) {
			assert.ok(
				Number(stream.achieved_p50_ns) > 0 && stream.lateness_max_ns !== null && Number(stream.read_p99_ns) > 0,
			);
			assert.equal(stream.last_errno, null);
		}
		const head = await recording.row(
			"SELECT detail, ended_at, (SELECT max(ts) FROM clock_anchors) <= ended_at AS late, sampler_cpu_ns FROM recording",
		);
		assert.equal(head.late, true);
		assert.ok(Number(head.sampler_cpu_ns) > 0);
		assert.match(
			String(head.detail),
			new RegExp(`^its writer, process ${writer}, was killed, .*; recovered at .*Z by countersink`),
		);
		/* Every tick up to the end is a row or in a gap. */
		const due = `SELECT count(*) FROM streams, recording WHERE ticks_scheduled < (epoch_ns(ended_at) - epoch_ns(started_at)) / period_ns`;
		assert.equal(await recording.number(due), 0);
	});
	const was = readFileSync(path);
	const again = await countersink(["recover", path]);
	assert.equal(again.code, 0);
	assert.match(again.stderr, /recovered\.duckdb ended properly \(recovered\), so there is nothing to recover\n/);
	assert.ok(readFileSync(path).equals(was));
	assert.match(
		(await countersink(["info", path])).stdout,
		/ended {5}it was recovered: its writer, process \d+, was killed/,
	);
	for (const words of [
		["query", "completeness", path],
		["export", path, "--stream", "synthetic", "-f", "csv", "-o", file("recovered.csv")],
	]) {
		const { code, stderr } = await countersink(words);
		assert.equal(code, 0, stderr);
	}
});

test("recover -o does not change the old file, and says that a log is lost", async () => {
	mkdirSync(file("into"));
	const alone = copyTo(file("into/alone.duckdb"), false);
	const was = readFileSync(alone);
	const { code, stderr } = await countersink(["recover", alone, "-o", file("into/new.duckdb")]);
	assert.equal(code, 0, stderr);
	assert.match(stderr, /new\.duckdb: .*; its log is lost, with everything committed after that\n/);
	assert.ok(readFileSync(alone).equals(was));
	assert.deepEqual(readdirSync(file("into")).sort(), ["alone.duckdb", "new.duckdb"]);
	assert.equal((await judgeFile(file("into/new.duckdb"))).ended, "recovered");
	assert.match(
		await ask(file("into/new.duckdb"), "SELECT detail FROM recording"),
		/and its log is lost, with whatever was committed after/,
	);
	const exists = await countersink(["recover", alone, "-o", file("into/new.duckdb")]);
	assert.equal(exists.code, 2);
	assert.match(exists.stderr, /new\.duckdb exists/);
});

test("a file that cannot be recovered is not changed", async () => {
	const was = readFileSync(fine);
	const nothing = await countersink(["recover", fine]);
	assert.equal(nothing.code, 0);
	assert.match(nothing.stderr, /fine\.duckdb ended properly \(complete\), so there is nothing to recover/);
	assert.ok(readFileSync(fine).equals(was));
	const other = file("other.duckdb");
	await database(other, ["CREATE TABLE recording (x INTEGER)"]);
	const newer = file("newer.duckdb");
	await database(newer, ["UPDATE recording SET format_version = 99, ended = NULL"], fine);
	const older = file("older.duckdb");
	await database(older, ["UPDATE recording SET format_version = 4, ended = NULL"], fine);
	const cases: [readonly string[], number, RegExp][] = [
		[[file("nonesuch.duckdb")], 2, /does not exist; name a recording whose recorder was killed/],
		[[other], 2, /is not a recording \(its table recording is missing, or is not that of a recording\)/],
		[[newer], 2, /has format version 99, written by countersink .*; recover it with that one\n/],
		[[older], 2, /has format version 4, .*; recover it with that one, or copy its tables with --clean -o NEW\n/],
		[["--clean", fine], 2, /--clean makes a new file and does not change the old one; name the new one with -o/],
	];
	for (const [words, status, why] of cases) {
		const { code, stderr } = await countersink(["recover", ...words]);
		assert.equal(code, status, stderr);
		assert.match(stderr, why);
	}
});

test("a recording that is still being written is refused", async () => {
	const path = file("running.duckdb");
	const { child, outcome } = start(["record", ...EVENTS, "--force", "-o", path]);
	await until("it is written", () => existsSync(`${path}.wal`));
	for (const more of [[], ["--clean", "-o", file("of-running.duckdb")]]) {
		const { code, stderr } = await countersink(["recover", path, ...more]);
		assert.equal(code, 4, stderr);
		assert.match(stderr, new RegExp(`is still being written by process ${child.pid}; end that process first`));
	}
	child.kill("SIGINT");
	assert.equal((await outcome).code, 0);
	assert.equal((await judgeFile(path)).ended, "interrupted");
});

test("--clean copies our tables and nothing else", async () => {
	const theirs = file("theirs.duckdb");
	await database(
		theirs,
		[
			"CREATE OR REPLACE MACRO _step(a, b) AS 42",
			"CREATE MACRO sum(x) AS 42",
			"CREATE VIEW sneaky AS SELECT * FROM read_text('/etc/passwd')",
			"CREATE TABLE extra AS SELECT 1 AS x",
			"CREATE OR REPLACE VIEW synthetic_long AS SELECT 1 AS x",
			"CREATE TYPE mine AS ENUM ('a')",
			"CREATE SEQUENCE s",
			"ALTER TABLE recording DROP COLUMN log_follows",
			"ALTER TABLE recording DROP COLUMN boot_id",
			"ALTER TABLE recording DROP COLUMN imported_from",
			"ALTER TABLE streams DROP COLUMN paced_by",
			"UPDATE recording SET format_version = 4",
		],
		fine,
	);
	const clean = file("clean.duckdb");
	const { code, stderr } = await countersink(["recover", "--clean", theirs, "-o", clean]);
	assert.equal(code, 0, stderr);
	const catalog = `SELECT 'table ' || table_name AS name FROM duckdb_tables() UNION ALL SELECT 'view ' || view_name || sql FROM duckdb_views() WHERE NOT internal
		UNION ALL SELECT 'macro ' || function_name || macro_definition FROM duckdb_functions() WHERE NOT internal
		UNION ALL SELECT 'type ' || type_name FROM duckdb_types() WHERE NOT internal UNION ALL SELECT 'sequence' FROM duckdb_sequences() ORDER BY name`;
	const of = (path: string) => withFile(path, (recording) => recording.rows(catalog));
	assert.deepEqual(await of(clean), await of(fine));
	assert.equal(
		await ask(clean, "SELECT count(*), sum(tick) FROM synthetic"),
		await ask(fine, "SELECT count(*), sum(tick) FROM synthetic"),
	);
	assert.equal((await judgeFile(clean)).ended, "complete");
	const wrong = file("wrong.duckdb");
	await database(wrong, ["ALTER TABLE gaps ALTER reason TYPE BLOB USING reason::BLOB"], fine);
	const refused = await countersink(["recover", "--clean", wrong, "-o", file("wrong-clean.duckdb")]);
	assert.equal(refused.code, 2, refused.stderr);
	assert.equal(existsSync(file("wrong-clean.duckdb")), false);
	/* It also writes the end where it is missing. */
	const both = await countersink([
		"recover",
		"--clean",
		copyTo(file("both.duckdb"), true),
		"-o",
		file("both-clean.duckdb"),
	]);
	assert.equal(both.code, 0, both.stderr);
	assert.equal((await judgeFile(file("both-clean.duckdb"))).ended, "recovered");
});

test("a command that outlives a killed recorder is reported as long as it runs", async () => {
	const path = file("outlived.duckdb");
	/* The command holds no descriptor of ours, which the test would wait for. */
	const { left } = await killed(path, "--", "sh", "-c", "exec sleep 600 >&- 2>&-");
	assert.equal(left.length, 1);
	const sentence = new RegExp(`; its command \\(process ${left[0]}\\) still runs`);
	try {
		assert.equal(isGone(left[0]!), false);
		assert.match(await noteOf(path), sentence);
		assert.match((await countersink(["info", path])).stdout, sentence);
	} finally {
		process.kill(left[0]!, "SIGKILL");
	}
	await until("it is gone", () => isGone(left[0]!));
	assert.doesNotMatch(await noteOf(path), /still runs/);
});
