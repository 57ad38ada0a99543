// SPDX-License-Identifier: Apache-2.0
/** The prompt of countersink sql from outside: keys go into a pseudo terminal, and its screen is read. */
import assert from "node:assert/strict";
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { before, test } from "node:test";
import { countersink, start } from "../support/countersink.js";
import { scratch } from "../support/folder.js";
import { File } from "../support/judge.js";
import { until } from "../support/processes.js";
import { key, pasted, Terminal } from "../support/screen.js";

const file = scratch();
const good = file("good.duckdb");

before(async () => {
	const events = ["-e", "synthetic:0/*@1kHz", "-e", "softirq:*@100Hz"];
	const { code, stderr } = await countersink(["record", ...events, "-d", "300ms", "--force", "-o", good]);
	assert.equal(code, 0, stderr);
});

const ready = /\ngood> $/;
let sessions = 0;

interface How {
	readonly env?: NodeJS.ProcessEnv;
	readonly columns?: number;
	readonly path?: string;
}

/** Runs the body at a prompt that has just started, with a history of its own unless told otherwise; ends it with
 *  Ctrl-D. */
async function atPrompt(
	body: (terminal: Terminal) => Promise<void>,
	{ env, columns, path = good }: How = {},
): Promise<void> {
	const state = { XDG_STATE_HOME: file(`state-${sessions++}`) };
	const terminal = new Terminal(["sql", path], { ...state, ...env }, 50, columns);
	await terminal.until(/\n\w+> $/);
	try {
		await body(terminal);
	} catch (error) {
		terminal.kill();
		throw error;
	}
	terminal.type(key.ctrlD);
	assert.equal(await terminal.ended(), 0, terminal.shown);
}

test("a statement has several lines, and ends with a semicolon outside of strings and comments", () =>
	atPrompt(async (terminal) => {
		await terminal.ask("SELECT 'a;b' AS x, -- one;", /\n \.\.\.> $/);
		await terminal.ask("/* two;", /\n \.\.\.> $/);
		assert.match(await terminal.ask('*/ 3 AS "y;z";', ready), /\nx {4}y;z\na;b {4}3\n1 row, [0-9.]+ ms\ngood> $/);
	}));

test("the first lines say what the recording holds and where to get help", () =>
	atPrompt(async (terminal) => {
		const lines = terminal.shown.split("\n");
		assert.match(lines[0]!, /good\.duckdb: .* of .* from \d{4}-\d\d-\d\d|\.\.\.$/);
		assert.match(terminal.shown, /synthetic 1 kHz, 8 counters, (complete|missed [0-9.]+ %)/);
		assert.match(terminal.shown, /\.help for help/);
	}));

test("Tab completes keywords, tables, columns, macros, and the streams and counters in their arguments", () =>
	atPrompt(async (terminal) => {
		terminal.type("SEL", key.tab, "host FR", key.tab, "recordi", key.tab);
		await terminal.until(/SELECT host FROM recording$/);
		terminal.type(" WHERE sampler_cp", key.tab);
		await terminal.until(/sampler_cpu$/);
		terminal.type(key.tab);
		assert.match(await terminal.until(/\ngood> .* sampler_cpu$/), /\nsampler_cpu +sampler_cpu_ns\n/);
		terminal.type(key.ctrlC);
		await terminal.until(ready);
		terminal.type("from del", key.tab, key.tab);
		await terminal.until(/from deltas\('/);
		terminal.type(key.tab);
		await terminal.until(/\ndeltas\(stream, counter\)\nsynthetic +softirq\n/);
		terminal.type("yn", key.tab, "synthetic_0_ra", key.tab, ") limit 1;", key.enter);
		assert.match(
			await terminal.until(ready),
			/'synthetic', 'synthetic_0_ramp'\) limit 1;\nts +tick +dt_ns +value +delta\n/,
		);
		terminal.type("from counters where id = 'softirq:cpu0/NET_R", key.tab, ";", key.enter);
		assert.match(await terminal.until(ready), /'softirq:cpu0\/NET_RX';/);
	}));

test("the history holds whole statements, continues in the next session, and only its owner can read it", async () => {
	const env = { XDG_STATE_HOME: file("state-history") };
	const path = file("state-history/countersink/history");
	await atPrompt(
		async (terminal) => {
			await terminal.ask("SELECT 'first\\' AS", /\.\.\.> $/);
			await terminal.ask("  word;", ready);
			await terminal.ask("SELECT 2 AS number;", ready);
			await terminal.ask(".timer off", ready);
		},
		{ env },
	);
	assert.equal(readFileSync(path, "utf8"), "SELECT 'first\\\\' AS\\n  word;\nSELECT 2 AS number;\n.timer off\n");
	assert.equal(statSync(path).mode & 0o777, 0o600);
	await atPrompt(
		async (terminal) => {
			terminal.type(key.up, key.up, key.enter);
			assert.match(await terminal.until(ready), /number\n +2\n1 row/);
			terminal.type(key.up, key.up, key.up, key.enter);
			assert.match(await terminal.until(ready), /word\nfirst\\\n1 row/);
			terminal.type("numb", key.ctrlR, key.enter);
			assert.match(await terminal.until(ready), /number\n +2\n1 row/);
		},
		{ env },
	);
});

test("a history that cannot be written does not stop the prompt", async () => {
	writeFileSync(file("no-folder"), "");
	const env = { XDG_STATE_HOME: file("no-folder") };
	await atPrompt(
		async (terminal) => {
			await terminal.ask("SELECT 2 AS number;", ready);
			terminal.type(key.up, key.enter);
			assert.match(await terminal.until(ready), /SELECT 2 AS number;\nnumber\n/);
			assert.doesNotMatch(terminal.shown, /ENOTDIR|history/);
		},
		{ env },
	);
});

test("Ctrl-C abandons what is typed and stops what runs, and the prompt goes on", () =>
	atPrompt(async (terminal) => {
		await terminal.ask("SELECT 1,", /\.\.\.> $/);
		terminal.type("2", key.ctrlC);
		await terminal.until(/2\^C\ngood> $/);
		terminal.type("SELECT count(*) FROM range(1000000000000) WHERE hash(range) = 3; SELECT 'not reached';", key.enter);
		await terminal.until(/reached';\n/);
		const again = setInterval(() => terminal.type(key.ctrlC), 300);
		assert.match(await terminal.until(/stopped\ngood> /), /^stopped\ngood> $/);
		clearInterval(again);
		assert.match(await terminal.ask("SELECT 6 * 7 AS answer;", ready), /answer\n +42\n1 row/);
	}));

test("several pasted statements run in order, each with its answer", () =>
	atPrompt(async (terminal) => {
		terminal.type(pasted("SELECT 1 AS\n\ta;\nSELECT 2 AS b; SELECT 3 AS c;\n.timer off\nSELECT 4 AS d;\n"));
		const shown = await terminal.until(/d\n4\n1 row\ngood> $/);
		assert.match(
			shown,
			/a;\na\n1\n.*\ngood> SELECT 2 AS b; SELECT 3 AS c;\nb\n2\n.*\nc\n3\n.*\ngood> \.timer off\ngood> SELECT 4/,
		);
	}));

test("a wide answer fits the screen, a long one is cut and says so", async () => {
	await atPrompt(
		async (terminal) => {
			const wide = await terminal.ask("FROM recording;", ready);
			assert.match(wide, /1 row, 28 columns \(\d+ shown\)/);
			for (const line of wide.split("\n")) assert.ok(line.length <= 60, line);
			const counters = await terminal.ask("SELECT id, help FROM counters WHERE source = 'synthetic';", ready);
			for (const line of counters.split("\n").slice(1)) assert.ok(line.length <= 60, line);
			assert.match(counters, /\.\.\.\n/);
			assert.match(
				await terminal.ask("FROM range(100000000000);", ready),
				/\n +39\nmore than [0-9,]+ rows \(40 shown\), /,
			);
			await terminal.ask(".rows 2", ready);
			assert.match(await terminal.ask("FROM range(3);", ready), /\n +0\n +1\n3 rows \(2 shown\), /);
		},
		{ columns: 60 },
	);
});

const commandTable: readonly [line: string, answer: RegExp][] = [
	[".help", /\.tables +tables and views.*\.quit +leave/s],
	["help", /\.tables +tables and views/],
	[".tables", /streams +table +\d+ +2\n.*synthetic_long +view/s],
	[".schema gaps", /first_tick +UBIGINT/],
	[".schema synthetic", /synthetic_0_ramp +UBIGINT .*counter +synthetic:0\/ramp/],
	[".schema gpas", /there is no table gpas; did you mean gaps\?/],
	[".counters 'synthetic:0/r*'", /synthetic:0\/ramp .*\nsynthetic:0\/reset .*\n2 counters\n/],
	[".counters synthetic:0/rmap", /this recording has no counter synthetic:0\/rmap; did you mean synthetic:0\/ramp\?/],
	[".macros", /\nrate\(stream, counter\)\n {4}How fast a counter moved/],
	[".query", /moved +\S.*\n/],
	[".query mvoed", /there is no query mvoed; did you mean moved\?/],
	[".query moved --stream synthetic", /synthetic:0\/ramp[\s\S]*\d+ rows, /],
	[".query moved --strea synthetic", /unknown option .--strea.; did you mean --stream\?/],
	[".mode", /\.mode is one of table, line, csv, json, ndjson; it is table now/],
	[".mode cvs", /did you mean csv\?/],
	[".timer maybe", /\.timer is on or off; it is on now/],
	[".rows none", /\.rows takes a number of rows from 1 to 100000; it is 40 now/],
	[".read", /\.read takes the name of a file/],
	[".read /nonesuch", /cannot read \/nonesuch: ENOENT/],
	[".output /nonesuch/x", /cannot write \/nonesuch\/x: ENOENT/],
	[".output /dev/full", /good> /],
	["SELECT 1;", /cannot write \/dev\/full: ENOSPC: .*; answers are on\s+the screen again/],
	["SELECT 1 AS a;", /\na\n1\n1 row/],
	[".quti", /there is no command \.quti; did you mean \.quit\?/],
	[".frobnicate", /there is no command \.frobnicate; \.help lists them/],
];

test("commands do what their help says, and report errors", () =>
	atPrompt(async (terminal) => {
		for (const [line, answer] of commandTable) assert.match(await terminal.ask(line, ready), answer, line);
	}));

test("answers have other formats and go to a file, and statements come from a file", () =>
	atPrompt(async (terminal) => {
		await terminal.ask(".timer off", ready);
		for (const [mode, answer] of [
			["line", /\na {2}1\nb {2}x\n1 row\n/],
			["csv", /\na,b\n1,x\ngood/],
			["json", /\n\[\{"a":1,"b":"x"\}\]\ngood/],
			["ndjson", /\n\{"a":1,"b":"x"\}\ngood/],
		] as const) {
			await terminal.ask(`.mode ${mode}`, ready);
			assert.match(await terminal.ask("SELECT 1 AS a, 'x' AS b;", ready), answer, mode);
		}
		await terminal.ask(".mode csv", ready);
		await terminal.ask(`.output ${file("out.csv")}`, ready);
		writeFileSync(file("in.sql"), "-- two\n.mode csv\nFROM range(3);\nSELECT 'last' AS word");
		assert.match(await terminal.ask(`.read ${file("in.sql")}`, ready), /\n3 rows to .*out\.csv\n1 row to/);
		await terminal.ask(".output", ready);
		assert.equal(readFileSync(file("out.csv"), "utf8"), "range\n0\n1\n2\nword\nlast\n");
		writeFileSync(file("self.sql"), `.read ${file("self.sql")}\n`);
		assert.match(await terminal.ask(`.read ${file("self.sql")}`, ready), /8 files deep/);
	}));

const mistakes: readonly [sql: string, message: RegExp][] = [
	["SELEC 1;", /Parser Error: syntax error at or near "SELEC"\n\nLINE 1: SELEC 1;\n {8}\^\n/],
	["SELECT nonesuch FROM streams;", /Binder Error: .*"nonesuch" not found[\s\S]*\n {15}\^\n/],
	["FROM rate('synthetic', 'nonesuch');", /nonesuch/],
	["DELETE FROM gaps;", /Error|read-only|only/],
	["FROM '/etc/passwd';", /Error/],
	["SELECT error('my own');", /my own/],
];

async function makeMistakes(terminal: Terminal): Promise<void> {
	for (const [sql, message] of mistakes) {
		const shown = await terminal.ask(sql, ready);
		assert.match(shown, message, sql);
		assert.doesNotMatch(shown, /the tables are/);
	}
}

const red = "\u001b[31m";

test("errors are shown in red, and the prompt continues", () =>
	atPrompt(async (terminal) => {
		await makeMistakes(terminal);
		assert.ok(terminal.raw.includes(`${red}Parser Error`));
	}));

test("NO_COLOR is honoured", () =>
	atPrompt(
		async (terminal) => {
			await makeMistakes(terminal);
			assert.ok(!terminal.raw.includes(red));
		},
		{ env: { NO_COLOR: "1" } },
	));

test("a recording that is being written answers like a finished one, and the prompt says so", async () => {
	const path = file("live.duckdb");
	const { child, outcome } = start(["record", "-e", "synthetic:0/*@1kHz", "-d", "10m", "-o", path]);
	let terminal: Terminal | undefined;
	try {
		await until("rows are committed", () => existsSync(`${path}.wal`));
		terminal = new Terminal(["sql", path], { XDG_STATE_HOME: file("state-live") });
		await terminal.until(/\nlive \(live\)> $/);
		const live = /\nlive \(live\)> $/;
		assert.match(await terminal.ask("SELECT count(*) > 0 AS some FROM synthetic;", live), /some\ntrue\n1 row/);
		assert.match(await terminal.ask("FROM range(1000000000);", live), /\(40 shown\)/);
		assert.match(await terminal.ask("SELECT 42 AS n;", live), /n\n42\n1 row/);
		assert.match(await terminal.ask(".counters *ramp", live), /synthetic:0\/ramp/);
		terminal.type("SEL", key.tab, "count(*) FROM range(1000000000000) WHERE hash(range) = 3;", key.enter);
		await terminal.until(/SELECT count.*3;\n/);
		const asked = terminal;
		const again = setInterval(() => asked.type(key.ctrlC), 300);
		await terminal.until(/stopped\nlive \(live\)> /).finally(() => clearInterval(again));
		terminal.type(key.ctrlC, key.ctrlD);
		assert.equal(await terminal.ended(), 0);
	} finally {
		terminal?.kill();
		child.kill("SIGINT");
		await outcome;
	}
});

test("a value cannot command the terminal", () =>
	atPrompt(async (terminal) => {
		await terminal.ask("SELECT 'a' || chr(27) || '[31m' || chr(10) || 'b' AS x;", ready);
		assert.match(terminal.raw, /a\\x1b\[31m\\nb/);
	}));

test("a plan is drawn line by line", () =>
	atPrompt(async (terminal) => {
		await terminal.ask("EXPLAIN FROM streams;", ready);
		assert.match(terminal.raw, /┌─+┐\r?\n│ +[A-Z_]+ +│\r?\n/);
	}));

test("a recording that did not end properly says so first", async () => {
	const path = file("killed.duckdb");
	await countersink(["record", "-e", "synthetic:0/*@1kHz", "-d", "100ms", "-o", path]);
	const changed = await File.open(path, "READ_WRITE");
	await changed.rows("UPDATE recording SET ended = NULL, ended_at = NULL");
	changed.close();
	await atPrompt(async (terminal) => assert.match(terminal.shown, /it was\s+not\s+finalised/), { path });
});

for (const line of [".quit", ".exit", "quit", "exit;"])
	test(`${line} leaves`, async () => {
		const terminal = new Terminal(["sql", good], { XDG_STATE_HOME: file("state-quit") });
		await terminal.until(ready);
		terminal.type(line, key.enter);
		assert.equal(await terminal.ended(), 0);
	});
