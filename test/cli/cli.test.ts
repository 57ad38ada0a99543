// SPDX-License-Identifier: Apache-2.0
/** The command line from outside: what it does, what it writes to which stream, and its exit status. */
import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { commandLine, countersink, shell, startProgram } from "../support/countersink.js";
import { scratch } from "../support/folder.js";
import { database, judgeFile } from "../support/judge.js";
import { isGone, until } from "../support/processes.js";

const file = scratch();
const good = file("good.duckdb");

before(async () => {
	const { code, stderr } = await countersink(["record", "-e", "synthetic:0/*@1kHz", "-d", "300ms", "-o", good]);
	assert.equal(code, 0, stderr);
});

interface Wrapped {
	readonly name: string;
	readonly command: readonly string[];
	readonly code: number;
	readonly stdout?: string;
	readonly stderr?: RegExp;
}

const script = file("script");
const wrapped: readonly Wrapped[] = [
	{ name: "fine", command: ["true"], code: 0 },
	{ name: "7", command: ["sh", "-c", "exit 7"], code: 7 },
	{ name: "killed", command: ["sh", "-c", "kill -KILL $$"], code: 137 },
	{ name: "ended by a signal that our table does not name", command: ["sh", "-c", "kill -USR2 $$"], code: 140 },
	{
		name: "not found",
		command: ["nonesuch-command"],
		code: 127,
		stderr: /^countersink: cannot run nonesuch-command: there is no such command/,
	},
	{
		name: "not executable",
		command: [script],
		code: 126,
		stderr: /^countersink: cannot run .*script: it may not be executed$/m,
	},
	{ name: "a path below a file", command: [`${script}/x`], code: 126, stderr: /ENOTDIR/ },
	{ name: "a name that is too long", command: ["x".repeat(300)], code: 126, stderr: /ENAMETOOLONG/ },
	{ name: "with output", command: ["echo", "to stdout"], code: 0, stdout: "to stdout\n" },
	{
		name: "with flags like ours",
		command: ["sh", "-c", 'echo "$@"', "sh", "-d", "5s", "-e"],
		code: 0,
		stdout: "-d 5s -e\n",
	},
];

for (const { name, command, code, stdout, stderr } of wrapped)
	test(`exit status of a command: ${name}`, async () => {
		writeFileSync(script, "no script\n");
		chmodSync(script, 0o600);
		const path = file(`command-${name.replaceAll(" ", "-")}.duckdb`);
		const outcome = await countersink(["record", "-e", "synthetic:0/*@1kHz", "-o", path, "--", ...command]);
		assert.equal(outcome.code, code, outcome.stderr);
		assert.equal(outcome.stdout, stdout ?? "");
		assert.match(outcome.stderr, stderr ?? /^\S+: [0-9.]+ ms, command, /);
		/* A command that cannot be started is found before anything is recorded. */
		if (code === 126 || code === 127) assert.equal(existsSync(path), false);
		else assert.equal((await judgeFile(path)).ended, "command");
	});

test("a command that ignores SIGTERM does not spoil the recording", async () => {
	const path = file("stubborn.duckdb");
	const words = ["record", "-e", "synthetic:0/*@1kHz", "-d", "200ms", "-o", path];
	const outcome = await countersink([...words, "--", "sh", "-c", "trap '' TERM; sleep 1; echo still here; exit 9"]);
	assert.equal(outcome.signal, null);
	assert.equal(outcome.code, 0, outcome.stderr);
	assert.equal(outcome.stdout, "still here\n");
	assert.equal((await judgeFile(path)).ended, "complete");
});

test("a command that does not end is killed", async () => {
	const path = file("immortal.duckdb");
	const words = ["record", "-e", "synthetic:0/*@1kHz", "-d", "200ms", "-o", path];
	const immortal = "trap '' TERM; echo $$; while :; do read -t 1 x <> <(:) || :; done";
	const outcome = await countersink([...words, "--", "bash", "-c", immortal]);
	assert.equal(outcome.code, 0, outcome.stderr);
	assert.ok(isGone(Number(outcome.stdout)));
	assert.equal((await judgeFile(path)).ended, "complete");
});

test("a recording that is removed while it is written is reported", async () => {
	const path = file("removed.duckdb");
	const words = ["record", "-e", "synthetic:0/*@1kHz", "-o", path, "--", "rm", path];
	const { code, stderr } = await countersink(words);
	assert.equal(code, 1);
	assert.equal(stderr, `countersink: writing ${path} failed: it was removed or replaced while it was being written\n`);
});

test("--max-loss: a larger loss gives exit status 3, a smaller one 0", async () => {
	const words = (path: string, most: string): string[] => [
		...["record", "-e", "synthetic:0/ramp?error=10:5@200Hz", "--force", "-d", "500ms", "-o", path, "--max-loss", most],
	];
	const lossy = await countersink(words(file("lossy.duckdb"), "7%"));
	assert.equal(lossy.code, 3);
	assert.match(
		lossy.stderr,
		/^countersink: synthetic lost [0-9.]+ % of its ticks, more than the 7 % of --max-loss; 'countersink info \S+lossy\.duckdb' tells why$/m,
	);
	const fine = await countersink(words(file("lossless.duckdb"), "100%"));
	assert.equal(fine.code, 0, fine.stderr);
});

test("--force records what a source gives, however slow it is", async () => {
	const path = file("forced.duckdb");
	const words = ["record", "-e", "synthetic:0/ramp?slow=1:2ms@1kHz", "-d", "500ms", "--force", "-o", path];
	const { code, stderr } = await countersink(words);
	assert.equal(code, 0, stderr);
	assert.equal((await judgeFile(path)).streams.synthetic!.ticks, 500);
});

test("a recording is replaced with --overwrite only", async () => {
	const path = file("replaced.duckdb");
	const words = (rate: string): string[] => ["record", "-e", `synthetic:0/ramp@${rate}`, "-d", "100ms", "-o", path];
	assert.equal((await countersink(words("1kHz"))).code, 0);
	assert.equal((await countersink(words("2kHz"))).code, 2);
	assert.equal((await judgeFile(path)).streams.synthetic!.ticks, 100);
	assert.equal((await countersink([...words("2kHz"), "--overwrite"])).code, 0);
	assert.equal((await judgeFile(path)).streams.synthetic!.ticks, 200);
});

test("names with a special meaning to DuckDB are names of files", async () => {
	for (const name of [":memory:", 'it\'s "quoted".duckdb', "a b*[c].duckdb", "~", "ünïcode.duckdb"]) {
		const cwd = file("names");
		mkdirSync(cwd, { recursive: true });
		const words = ["record", "-e", "synthetic:0/ramp@1kHz", "-d", "50ms", "-o", name];
		const recorded = await countersink(words, { cwd });
		assert.equal(recorded.code, 0, recorded.stderr);
		assert.ok(existsSync(`${cwd}/${name}`), name);
		const asked = await countersink(["sql", name, "SELECT count(*) > 0 AS some FROM synthetic", "--csv"], { cwd });
		assert.equal(asked.stdout, "some\ntrue\n", name);
	}
});

test("stdout carries only data: nothing while recording, valid JSON with --json", async () => {
	const words = ["record", "-e", "synthetic:0/*@1kHz", "-d", "200ms", "-o"];
	const quiet = await countersink([...words, file("quiet.duckdb")]);
	assert.equal(quiet.stdout, "");
	assert.match(quiet.stderr, /^\S+quiet\.duckdb: 200 ms, complete, /);
	const told = await countersink([...words, file("told.duckdb"), "--json"]);
	const summary = JSON.parse(told.stdout);
	assert.equal(summary.ending, "complete");
	assert.equal(summary.streams[0].scheduled, 200);
	assert.equal(summary.streams[0].rows + summary.streams[0].gapTicks, 200);
	assert.doesNotMatch(told.stderr, /complete/);
	const about = JSON.parse((await countersink(["info", good, "--json"])).stdout);
	assert.equal(about.ended, "complete");
	assert.equal(about.streams[0].identity, true);
});

test("info shows what was asked, delivered and missed", async () => {
	const { code, stdout, stderr } = await countersink(["info", good]);
	assert.equal(code, 0);
	assert.equal(stderr, "");
	assert.match(stdout, /ended {5}it ran for the asked duration/);
	assert.match(stdout, /^ {2}started {3}\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+ UTC, /m);
	assert.match(stdout, /asked {5}synthetic:0\/\*@1kHz/);
	assert.match(stdout, /^ {2}synthetic +8 +1 kHz +300 +\d+ +\d+ +[0-9.]+ % +\d+ +holds$/m);
});

test("info finds a recording whose rows do not add up", async () => {
	const path = file("short.duckdb");
	await database(path, ["DELETE FROM synthetic WHERE tick = (SELECT min(tick) FROM synthetic)"], good);
	const { code, stdout } = await countersink(["info", path]);
	assert.equal(code, 1);
	assert.match(stdout, /BROKEN: 300 ticks, \d+ rows, \d+ in gaps/);
});

const numbers =
	"SELECT 18446744073709551615::UBIGINT AS u, (-9223372036854775808)::BIGINT AS i, 0.1::DOUBLE AS d, NULL AS n, 'a,\"b\"\nc' AS t, true AS b";

/** Native libraries that a command has loaded by its end. */
async function loadedBy(words: readonly string[]): Promise<string[]> {
	const tell = `process.on("exit", () => console.error(process.report.getReport().sharedObjects.join("\\n")))`;
	const NODE_OPTIONS = `--import=data:text/javascript,${encodeURIComponent(tell)}`;
	const { stderr } = await countersink(words, { env: { ...process.env, NODE_OPTIONS } });
	return stderr.split("\n").filter((path) => path.endsWith(".node"));
}

test("DuckDB is only loaded by commands that need it", async () => {
	for (const words of [["--version"], ["--help"], ["help"], ["nonesuch"], ["list", "vm"]])
		assert.deepEqual(
			(await loadedBy(words)).filter((path) => path.includes("duckdb")),
			[],
			words.join(" "),
		);
	assert.match((await loadedBy(["info", good])).join(), /duckdb/);
});

test("the help of a command is complete, in whatever way it is asked for", async () => {
	const { stdout } = await countersink(["record", "--help"]);
	assert.match(stdout, /--max-loss <percent>/);
	assert.equal((await countersink(["help", "record"])).stdout, stdout);
});

test("64-bit integers keep every digit in every format", async () => {
	const as = async (format: string): Promise<string> =>
		(await countersink(["sql", good, numbers, "--format", format])).stdout;
	assert.equal(await as("csv"), 'u,i,d,n,t,b\n18446744073709551615,-9223372036854775808,0.1,,"a,""b""\nc",true\n');
	const object = '{"u":18446744073709551615,"i":-9223372036854775808,"d":0.1,"n":null,"t":"a,\\"b\\"\\nc","b":true}';
	assert.equal(await as("ndjson"), `${object}\n`);
	assert.equal(await as("json"), `[${object}]\n`);
	assert.deepEqual(JSON.parse(await as("json"))[0].t, 'a,"b"\nc');
	assert.match(await as("table"), /18446744073709551615 +-9223372036854775808/);
	const none = "SELECT tick FROM synthetic WHERE tick > 1e6";
	assert.equal((await countersink(["sql", good, none, "--json"])).stdout, "[]\n");
	assert.equal((await countersink(["sql", good, none, "--csv"])).stdout, "tick\n");
});

test("times keep their nanoseconds", async () => {
	const sql = "SELECT '2026-01-02 03:04:05.123456789'::TIMESTAMP_NS AS t";
	const { stdout } = await countersink(["sql", good, sql, "--csv"]);
	assert.equal(stdout, "t\n2026-01-02 03:04:05.123456789\n");
});

test("SQL from standard input, and standard input closed", async () => {
	const { code, stdout } = await countersink(["sql", good, "--csv"], {}, "SELECT count(*) AS n\nFROM streams;\n");
	assert.deepEqual([code, stdout], [0, "n\n1\n"]);
	const closed = await shell(`$CS sql ${good} <&-`);
	assert.equal(closed.code, 2);
	assert.match(closed.stderr, /^countersink: there is no SQL; /);
	const path = file("closed.duckdb");
	const recorded = await shell(`$CS record -e synthetic:0/ramp -d 100ms -o ${path} <&- >&- 2>&-`);
	assert.equal(recorded.code, 0);
	assert.equal((await judgeFile(path)).ended, "complete");
});

test("a reader that stops reading is not an error, a full disk is", async () => {
	const many = "SELECT range AS n FROM range(2000000)";
	const head = await shell(`set -o pipefail; $CS sql ${good} "${many}" --csv | head -n 2`);
	assert.deepEqual([head.code, head.stdout, head.stderr], [0, "n\n0\n", ""]);
	for (const words of [`sql ${good} "SELECT 1"`, `info ${good}`]) {
		const fullDevice = await shell(`$CS ${words} >/dev/full`);
		assert.equal(fullDevice.code, 1);
		assert.match(fullDevice.stderr, /^countersink: cannot write the answer: ENOSPC: [^\n]*\n$/);
	}
});

/** Runs a command in a terminal of its own. @returns what that terminal was sent */
const inTerminal = (words: readonly string[]): Promise<string> =>
	startProgram("script", [
		"-qfec",
		`exec ${process.execPath} ${commandLine} ${words.join(" ")}`,
		"/dev/null",
	]).outcome.then(({ stdout }) => stdout);

test("the status line is redrawn on a terminal, and no other reader sees an escape code", async () => {
	const words = (name: string): string[] => ["record", "-e", "synthetic:0/*@1kHz", "-d", "1s", "-o", file(name)];
	const shown = await inTerminal(words("terminal.duckdb"));
	assert.ok(shown.includes("\r\u001b[K"), "the line is cleared and redrawn");
	assert.match(shown, /\[#+\.+\] 0\.\d of 1\.0 s {2}.*ticks\/s {2}.* late {2}/);
	assert.match(shown, /terminal\.duckdb: 1 s, complete/);
	const { stdout, stderr } = await countersink(words("no-terminal.duckdb"));
	assert.ok(!(stdout + stderr).includes("\u001b"), "no escape codes");
	assert.doesNotMatch(stderr, /ticks\/s/);
});

test("a terminal that closes ends the recording like an interrupt", async () => {
	const path = file("hangup.duckdb");
	const command = `exec ${process.execPath} ${commandLine} record -e 'synthetic:0/*@1kHz' -o ${path}`;
	const { child, outcome } = startProgram("script", ["-qfec", command, "/dev/null"], {}, "");
	await until("rows are committed", () => existsSync(`${path}.wal`));
	await sleep(400);
	child.kill("SIGKILL");
	await outcome;
	await until("the file is closed", () => !existsSync(`${path}.wal`));
	let ended: string | null = null;
	await until("the recorder is gone", async () => {
		ended = await judgeFile(path).then(
			(judged) => judged.ended,
			() => null,
		);
		return ended !== null;
	});
	assert.equal(ended, "interrupted");
});
