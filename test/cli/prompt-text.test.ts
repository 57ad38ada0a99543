// SPDX-License-Identifier: Apache-2.0
/** The parts of the prompt that are pure text: statements, what Tab offers, how a table is fitted, the history file. */
import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { after, before, test } from "node:test";
import { type DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import fc from "fast-check";
import type { Vocabulary } from "../../ask/vocabulary.js";
import { listing } from "../../cli/prompt/choices.js";
import { candidatesFor, commonPart } from "../../cli/prompt/complete.js";
import { contextOf } from "../../cli/prompt/context.js";
import { fit } from "../../cli/prompt/fit.js";
import { History } from "../../cli/prompt/history.js";
import { tokens } from "../../cli/prompt/lex.js";
import { macroHelp } from "../../cli/prompt/macro-help.js";
import { statements } from "../../cli/prompt/statements.js";
import { scratch } from "../support/folder.js";

const file = scratch();

const splits: readonly [text: string, complete: string[], rest: string][] = [
	["", [], ""],
	[" ;; ; ", [], ""],
	["SELECT 1", [], "SELECT 1"],
	["SELECT 1;", ["SELECT 1;"], ""],
	["SELECT 1; SELECT 2;\nSELECT", ["SELECT 1;", "SELECT 2;"], "\nSELECT"],
	["SELECT ';';", ["SELECT ';';"], ""],
	["SELECT 'it''s;", [], "SELECT 'it''s;"],
	["SELECT E'a\\';';", ["SELECT E'a\\';';"], ""],
	['SELECT 1 AS "a;""b";', ['SELECT 1 AS "a;""b";'], ""],
	["SELECT $$;$$;", ["SELECT $$;$$;"], ""],
	["SELECT $x$;$$;$x$;", ["SELECT $x$;$$;$x$;"], ""],
	["SELECT 1 -- no; \n;", ["SELECT 1 -- no; \n;"], ""],
	["SELECT 1 /* a; /* b; */ c; */;", ["SELECT 1 /* a; /* b; */ c; */;"], ""],
	["/* open;", [], "/* open;"],
	["SELECT 1; -- done", ["SELECT 1;"], ""],
	["-- alone\n", [], ""],
];

test("a text is split at the semicolons that end a statement", () => {
	for (const [text, complete, rest] of splits) assert.deepEqual(statements(text), { complete, rest }, text);
});

const parts = [
	"1",
	"'a;b'",
	"'it''s'",
	"E'\\';'",
	"$$;'$$",
	"$t$;$$;$t$",
	"-- c;'\n 2",
	"/* ;' /* ; */ \" */ 3",
	'4 AS ";\'x"',
];
const oneStatement = fc
	.array(fc.constantFrom(...parts), { minLength: 1, maxLength: 4 })
	.map((some) => `SELECT ${some.join(", ")};`);

let duckdb: DuckDBConnection;
before(async () => {
	duckdb = await (await DuckDBInstance.create(":memory:")).connect();
});
after(() => duckdb.closeSync());

test("law: joined statements are split again, and DuckDB counts the same number", async () => {
	const law = fc.asyncProperty(fc.array(oneStatement, { maxLength: 5 }), async (all) => {
		const text = all.join(" \n");
		assert.deepEqual(statements(text), { complete: all, rest: "" });
		if (all.length > 0) assert.equal((await duckdb.extractStatements(text)).count, all.length);
	});
	await fc.assert(law);
});

test("law: joined tokens give the text, and only the last can be open", () => {
	const noise = fc.array(
		fc.constantFrom("'", '"', "$$", "$a$", "/*", "*/", "--", "\n", ";", "\\", "e", "x", "1", " ", "é", "("),
	);
	fc.assert(
		fc.property(noise, (some) => {
			const text = some.join("");
			const found = tokens(text);
			assert.equal(found.map((token) => token.text).join(""), text);
			for (const token of found.slice(0, -1)) assert.ok(!token.open, text);
		}),
	);
});

const counter = (stream: string, column: string, id: string) => ({
	stream,
	column,
	id,
	unit: "",
	semantics: "counter",
	help: "",
});
const vocabulary: Vocabulary = {
	tables: [
		{ name: "net", columns: ["ts", "eth0_rx_bytes", "eth0_rx_packets", "lo_rx_bytes"] },
		{ name: "gaps", columns: ["stream", "reason"] },
		{ name: "b.net", columns: ["ts", "eth1_rx_bytes"] },
	],
	counters: [
		counter("net", "eth0_rx_bytes", "net:eth0/rx_bytes"),
		counter("net", "eth0_rx_packets", "net:eth0/rx_packets"),
		counter("net", "lo_rx_bytes", "net:lo/rx_bytes"),
		counter("b.net", "eth1_rx_bytes", "net:eth1/rx_bytes"),
	],
	streams: ["net", "b.net"],
	macros: [
		{ name: "rate", parameters: ["stream", "counter"] },
		{ name: "xcorr", parameters: ["stream_a", "counter_a", "stream_b", "counter_b", "max_lag"] },
		{ name: "find", parameters: ["counter"] },
	],
};

/** | is the cursor. The texts are those that replace the word. */
const completions: readonly [typed: string, texts: string[]][] = [
	["FROM rate(|", ["'net', '", "'b.net', '"]],
	["FROM rate('n|", ["net', '"]],
	["FROM rate('n|', 'x')", ["net"]],
	["FROM rate('net', 'eth0_|", ["eth0_rx_bytes'", "eth0_rx_packets'"]],
	["FROM rate('net', 'net:lo|", ["net:lo/rx_bytes'"]],
	["FROM rate('b.net', '|", ["eth1_rx_bytes'"]],
	["FROM rate( -- a comment, with (\n 'net', 'lo|", ["lo_rx_bytes'"]],
	["FROM xcorr('net', 'lo_rx_bytes', 'b.net', '|", ["eth1_rx_bytes'"]],
	["FROM xcorr('net', 'lo_rx_bytes', 'b|", ["b.net', '"]],
	["FROM find('net:eth1|", ["net:eth1/rx_bytes'"]],
	["FROM find('ETH|", []],
	["SELECT * FROM gaps WHERE stream = 'b|", ["b.net'"]],
	["SELECT eth0_rx_b| FROM net", ["eth0_rx_bytes"]],
	["SELECT re| FROM gaps", ["reason"]],
	["SELECT lo| FROM gaps", []],
	["SELECT n.lo| FROM net AS n", ["n.lo_rx_bytes"].map((text) => text.slice(2))],
	["SELECT * FROM gaps JOIN net x ON x.t| = 1", ["ts"]],
	["FROM b.|", ["net"]],
	["FROM xc|", ["xcorr("]],
	["SELECT ETH0_RX_B|", ["ETH0_RX_Bytes"]],
];

test("Tab offers what may come at the cursor", () => {
	for (const [typed, texts] of completions) {
		const [before, after] = typed.split("|") as [string, string];
		const found = candidatesFor(before, after, vocabulary, []).candidates.map(({ text }) => text);
		assert.deepEqual(found, texts, typed);
	}
});

test("words that DuckDB suggests come after the names of the recording, and only where DuckDB suggests them", () => {
	const suggestions = [
		{ text: "from ", type: "keyword" },
		{ text: '"find_all"', type: "scalar_function" },
	];
	const texts = candidatesFor("SELECT 1 f", "", vocabulary, suggestions).candidates.map(({ text }) => text);
	assert.deepEqual(texts, ["find_all(", "from "]);
	assert.deepEqual(
		candidatesFor("FROM f", "", vocabulary, [...suggestions, { text: "net", type: "table" }]).candidates.length,
		1,
	);
	assert.equal(commonPart(candidatesFor("SELECT 1 fr", "", vocabulary, suggestions)), "from ");
});

test("the innermost call at the cursor is found, and its arguments where they are plain", () => {
	assert.deepEqual(contextOf("SELECT f(1, g('a''b', 2), 'x', ").call, { name: "f", before: [null, null, "x"] });
	assert.deepEqual(contextOf("SELECT f(1, g('a''b', ").call, { name: "g", before: ["a'b"] });
	assert.equal(contextOf("SELECT 1 + (2 * ").call, null);
});

test("a table is as wide as the screen: texts are cut first, then columns in the middle are left out; numbers stay whole", () => {
	const titles = ["id", "n", "help"];
	const cells = {
		titles,
		numeric: [false, true, false],
		rows: [["net:eth0/rx_bytes", "18446744073709551615", "x".repeat(90)]],
	};
	assert.deepEqual(fit(cells, 200).rows, cells.rows);
	const [row] = fit(cells, 70).rows;
	assert.deepEqual(row, ["net:eth0/rx_bytes", "18446744073709551615", `${"x".repeat(26)}...`]);
	const narrow = fit(cells, 45);
	assert.deepEqual([narrow.titles, narrow.hidden], [["id", "n", "..."], 1]);
	fc.assert(
		fc.property(
			fc.array(fc.tuple(fc.boolean(), fc.nat(20)), { minLength: 1, maxLength: 30 }),
			fc.integer({ min: 40, max: 200 }),
			(columns, width) => {
				const many = {
					titles: columns.map((_, i) => `c${i}`),
					numeric: columns.map(([numeric]) => numeric),
					rows: [columns.map(([, length]) => "7".repeat(length))],
				};
				const { titles, rows, hidden } = fit(many, width);
				const line = titles.reduce((sum, title, i) => sum + 2 + Math.max(title.length, rows[0]![i]!.length), -2);
				assert.ok(line <= width, `${line} of ${width}`);
				assert.equal(titles.length + hidden - (hidden > 0 ? 1 : 0), columns.length);
			},
		),
	);
});

test("what Tab prints fits the screen, and says how much it leaves out", () => {
	const names = Array.from({ length: 50 }, (_, i) => ({ text: `column_${i}` }));
	const lines = listing({ word: "c", candidates: names, hint: "rate(a, b)" }, 40, (_style, text) => text);
	assert.equal(lines[0], "rate(a, b)");
	assert.match(lines[1]!, /^column_0 +column_10 +column_20$/);
	assert.equal(lines.at(-1), "and 20 more");
	for (const line of lines) assert.ok(line.length < 40);
});

test("the history is cut when it is twice too long, and keeps a repeated statement once", () => {
	const path = file("state/history");
	mkdirSync(dirname(path));
	writeFileSync(path, Array.from({ length: 2001 }, (_, i) => `SELECT ${i};\n`).join(""));
	const history = new History(path);
	assert.equal(history.entries.length, 1000);
	assert.equal(history.entries[0], "SELECT 2000;");
	assert.equal(readFileSync(path, "utf8").split("\n").length, 1001);
	for (const entry of ["a;", "b;\\n\nc", "a;", "a;", ""]) history.add(entry);
	assert.deepEqual(history.entries.slice(0, 3), ["a;", "b;\\n\nc", "SELECT 2000;"]);
	assert.deepEqual(new History(path).entries, history.entries);
});

test("every public macro has a sentence about it", () => {
	const help = macroHelp();
	const named = [...help].filter(([name]) => !name.startsWith("_"));
	assert.ok(named.length >= 3);
	for (const [name, sentence] of named) assert.match(sentence, /^[A-Z].*\.$/, name);
});
