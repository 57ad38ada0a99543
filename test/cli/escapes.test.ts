// SPDX-License-Identifier: Apache-2.0
/** Names in a stranger's file that would command a terminal, turn text around or break a table: every output must clean
 *  them. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { before, test } from "node:test";
import { packageFile } from "../../base/paths.js";
import { countersink } from "../support/countersink.js";
import { readArrow } from "../support/flechette.js";
import { scratch } from "../support/folder.js";
import {
	counterName,
	help,
	host,
	id,
	instance,
	makeHostile,
	makeNamed,
	NASTY,
	TITLE,
} from "../support/hostile-names.js";
import { filesIn, product } from "../support/layers.js";
import { key, Terminal } from "../support/screen.js";
import { isShowable } from "../support/showable.js";

const file = scratch();
const recording = file("run.duckdb");
const cut = file("cut.duckdb");
const strange = file("strange.duckdb");
/** A name that a user typed, or was tricked into typing. */
const titled = file(`t${TITLE}\u009b\u202e.duckdb`);

before(async () => {
	await makeHostile(recording);
	await makeHostile(cut, null);
	await makeHostile(titled, null);
	await makeNamed(strange, `x${NASTY}`);
});

function assertShowable(text: string, of: string): void {
	for (const line of text.split("\n")) assert.ok(isShowable(line), `${of}: ${JSON.stringify(line)}`);
}

const human: readonly { words: readonly string[]; code?: number; shows: RegExp }[] = [
	{ words: ["info", recording], shows: /hosta\\x1b\]0;owned\\x07\\x9b31m\\u\{202e\}b\\rc\\nd/ },
	{ words: ["info", titled], shows: /t\\x1b\]0;owned\\x07\\x9b\\u\{202e\}\.duckdb {2}/ },
	{ words: ["info", strange], code: 2, shows: /the name of a stream is "xa\\u001b/ },
	{ words: ["sql", cut, "FROM counters; FROM recording; FROM marks"], shows: /\\x1b\]0;owned\\x07/ },
	{ words: ["sql", titled, "SELECT 1"], shows: /note on \S*t\\x1b\]0;owned/ },
	{ words: ["sql", recording, `SELECT 1 AS "=col${TITLE}"`], shows: /=col\\x1b/ },
	{ words: ["sql", recording, `FROM "no ${TITLE}"`], code: 1, shows: /no \\x1b\]0;owned/ },
	{ words: ["sql", recording, "SELECT error((SELECT host FROM recording))"], code: 1, shows: /hosta\\x1b\]/ },
	{ words: ["sql", recording, "EXPLAIN SELECT id || '\x1b\u202e' FROM counters"], shows: /\\x1b\\u\{202e\}/ },
	{ words: ["query", "moved", recording], shows: /^made:etha\\x1b\]0;owned.* {2}items/m },
	{ words: ["query", "moved", recording, "--stream", TITLE], code: 2, shows: /\\x1b\]0;owned/ },
	{ words: ["query", `no${TITLE}`, recording], code: 2, shows: /no\\x1b/ },
	{ words: ["compare", recording, cut, "--all"], shows: /made:etha\\x1b\]0;owned/ },
	{ words: ["compare", recording, cut, "-c", TITLE], code: 2, shows: /\\x1b\]0;owned/ },
	{
		words: ["export", cut, "-f", "parquet", "-o", file(`x${TITLE}.parquet`)],
		shows: /x\\x1b\]0;owned\\x07\.parquet: made, /,
	},
	{ words: ["export", recording, "-f", "csv", "-o", file("y.csv"), "--stream", TITLE], code: 2, shows: /'\\x1b.*made/ },
	{
		words: ["export", recording, "-f", "csv", "-o", file("y.csv"), "--counters", TITLE],
		code: 2,
		shows: /made:etha\\x1b/,
	},
	{ words: ["info", file(`none${TITLE}`)], code: 2, shows: /none\\x1b.* does not exist/ },
	{ words: ["recover", file(`none${TITLE}`)], code: 2, shows: /none\\x1b/ },
	{ words: [`ver${TITLE}b`], code: 2, shows: /ver\\x1b/ },
	{ words: ["info", recording, `--x${TITLE}`], code: 2, shows: /--x\\x1b/ },
	{ words: ["list", `file:/no/${TITLE}`], code: 2, shows: /\\x1b/ },
	{ words: ["record", "-e", `net:${TITLE}`, "-o", file("z.duckdb")], code: 2, shows: /\\x1b/ },
	{ words: ["import", file(`none${TITLE}`), "-o", file("z.duckdb")], code: 2, shows: /none\\x1b/ },
];

for (const { words, code = 0, shows } of human)
	test(`shown: ${words.map((word) => word.split("/").at(-1)).join(" ")}`.replaceAll(/\p{C}/gu, "?"), async () => {
		const outcome = await countersink(words);
		assert.equal(outcome.code, code, outcome.stderr);
		assertShowable(outcome.stdout, "stdout");
		assertShowable(outcome.stderr, "stderr");
		assert.match(outcome.stdout + outcome.stderr, shows);
	});

test("a line break in a name does not start a sentence of ours", async () => {
	const { stderr } = await countersink(["info", file("a\ncountersink: all is well")]);
	assert.deepEqual(stderr.match(/^countersink: /gm)?.length, 1);
	assert.match(stderr, /^ {2}countersink: all is well/m);
});

test("columns are aligned, whatever they hold", async () => {
	const { stdout } = await countersink(["sql", recording, "SELECT id, unit FROM counters"]);
	const [head, ...rows] = stdout.trimEnd().split("\n");
	for (const row of rows) assert.equal(row.indexOf("items"), head!.indexOf("unit"));
});

test("JSON may be shown, and gives every name back", async () => {
	for (const words of [["--json"], ["-f", "ndjson"]]) {
		const { stdout } = await countersink([
			"sql",
			recording,
			'SELECT id, help AS "\u202e" FROM counters LIMIT 1',
			...words,
		]);
		assertShowable(stdout, "JSON");
		assert.deepEqual([JSON.parse(stdout)].flat(), [{ id, "\u202e": help }]);
	}
	const info = await countersink(["info", recording, "--json"]);
	assertShowable(info.stdout.replaceAll("\t", ""), "info --json");
	const account = JSON.parse(info.stdout);
	assert.deepEqual([account.host, account.command[1]], [host, NASTY]);
	const compared = await countersink(["compare", recording, cut, "--json"]);
	assertShowable(compared.stdout.replaceAll("\t", ""), "compare --json");
	assert.ok(JSON.parse(compared.stdout).differences.some((difference: { id: string }) => difference.id === id));
});

test("timelines and lines of JSON may be shown, and give every name back", async () => {
	const chrome = await countersink(["export", recording, "-f", "chrome", "-o", "-"]);
	assertShowable(chrome.stdout, "Chrome");
	const { traceEvents, otherData } = JSON.parse(chrome.stdout);
	assert.equal(otherData.host, host);
	assert.ok(
		traceEvents.some((event: { name: string; args: object }) => event.name === instance && counterName in event.args),
	);
	const lines = await countersink(["export", recording, "-f", "ndjson", "-o", "-"]);
	assertShowable(lines.stdout, "NDJSON");
	assert.equal(JSON.parse(lines.stdout.split("\n")[1]!).rx, 1);
});

test("data in a pipe keeps every byte", async () => {
	const question = "SELECT id, host FROM counters, recording LIMIT 1";
	const { stdout } = await countersink(["sql", recording, question, "--csv"]);
	const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`;
	assert.equal(stdout, `id,host\n${quoted(id)},${quoted(host)}\n`);
	const path = file("answer.arrows");
	const { code } = await countersink(["export", recording, "-f", "arrow", "-o", path]);
	assert.equal(code, 0);
	const { fields } = readArrow(readFileSync(path)).schema;
	assert.equal(fields[3]!.metadata?.get("id"), id);
});

const ESC = String.fromCharCode(0x1b);
/** Escape sequences of ours or of node:readline: colours, the cursor, a part of the screen, pasting. */
const ours = [/\[[0-9;]*[ABCDGJKm]/, /\[\?2004[hl]/].map(({ source }) => `${ESC}${source}`).join("|");

test("the prompt cleans names, completions and data", async () => {
	const terminal = new Terminal(["sql", titled], { HOME: file("."), COUNTERSINK_HISTORY: file("history") }, 60, 160);
	const prompt = /owned\S*> $/;
	const ask = (line: string): Promise<string> => terminal.ask(line, prompt);
	try {
		await terminal.until(prompt);
		await ask("FROM counters;");
		await ask(".counters");
		await ask(".tables");
		await ask(".mode line");
		await ask("FROM counters;");
		await ask(".mode csv");
		await ask("FROM counters;");
		await ask(".mode json");
		await ask("FROM recording;");
		await ask(`SELECT error((SELECT host FROM recording));`);
		await ask(`FROM "no";`);
		terminal.type("SELECT * FROM counters WHERE id = 'made:", key.tab, key.tab);
		terminal.type(key.ctrlC);
		await terminal.until(prompt);
		terminal.type(key.ctrlD);
		assert.equal(await terminal.ended(), 0);
		assert.match(terminal.raw, /\\x1b\]0;owned\\x07/);
		assertShowable(terminal.raw.replaceAll(new RegExp(`${ours}|\r`, "g"), ""), "the terminal");
	} finally {
		terminal.kill();
	}
});

test("on a terminal data is cleaned, too", async () => {
	for (const words of [
		["sql", recording, "FROM counters", "--csv"],
		["sql", recording, "FROM counters", "-f", "ndjson"],
		["export", recording, "-f", "openmetrics", "-o", "-"],
		["info", recording],
		["list", "synthetic"],
	]) {
		const terminal = new Terminal(words);
		assert.equal(await terminal.ended(), 0);
		assertShowable(terminal.raw.replaceAll(new RegExp(`${ours}|\r`, "g"), ""), words.join(" "));
		assert.match(terminal.raw, words.includes("list") ? /synthetic/ : /\\x1b\]0;owned|\\u001b\]0;owned/);
	}
});

/** Uses of the two streams that do not write text of ours: the pattern, and the files that may have it. */
const harmless =
	/process\.std(out|err)\.isTTY|process\.stdout\.removeAllListeners\("error"\)|arrow: process\.stdout|(out|screen): Output = process\.std(out|err)|output: process\.stdout,/g;
/** supervise.ts loads nothing that takes time, so it cleans its sentences itself. */
const mayWrite = ["cli/streams.ts", "base/say.ts", "cli/supervise.ts"];

test("nothing else writes to standard output or standard error", () => {
	const writers = filesIn(product).filter((path) => {
		if (!path.endsWith(".ts") || mayWrite.includes(path)) return false;
		return /process\.std(out|err)|\bconsole\.|writeSync\([12],/.test(
			readFileSync(packageFile(path), "utf8").replaceAll(harmless, ""),
		);
	});
	assert.deepEqual(writers, []);
});
