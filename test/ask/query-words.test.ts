// SPDX-License-Identifier: Apache-2.0
/** Parameters of a named query as users write them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { readWords } from "../../ask/query-words.js";
import { findPage } from "../../queries/library.js";

const read = (name: string, words: string) =>
	readWords(
		findPage(name),
		words.split(" ").filter((word) => word !== ""),
	);

const right: readonly [name: string, words: string, parameters: object, streams: string[], files: string[]][] = [
	["drops", "", {}, [], []],
	["drops", "a.duckdb --merge 10ms", { merge: "10ms" }, [], ["a.duckdb"]],
	["drops", "--merge=10ms a.duckdb", { merge: "10ms" }, [], ["a.duckdb"]],
	["drops", "--merge= a.duckdb", { merge: "" }, [], ["a.duckdb"]],
	["bursts", "--threshold -5 --counter net:eth0/a=b", { threshold: "-5", counter: "net:eth0/a=b" }, [], []],
	["moved", "--stream net --stream vm", {}, ["net", "vm"], []],
	["drops", "-- --merge", {}, [], ["--merge"]],
	["drops", "a b -", {}, [], ["a", "b", "-"]],
];

test("words to parameters, streams and files", () => {
	for (const [name, words, parameters, streams, files] of right)
		assert.deepEqual(read(name, words), { given: { parameters, streams }, files }, words);
});

const wrong: readonly [name: string, words: string, message: string][] = [
	["drops", "--marge 1s", "unknown option '--marge'; did you mean --merge?"],
	["drops", "--frobnicate 1s", "unknown option '--frobnicate'; drops takes --merge, --stream"],
	["moved", "-x", "unknown option '-x'; moved takes --stream"],
	["drops", "--merge", "option '--merge <duration>' argument missing; write a value after it"],
	["moved", "--stream", "option '--stream <name>' argument missing; write a value after it"],
	["drops", "--merge 1s --merge 2s", "--merge is given twice; give one of them"],
	[
		"jumps",
		"--counters cpu:ctxt --counters cpu:intr",
		"--counters is given twice; give one pattern for both, as in --counters '{cpu:ctxt,cpu:intr}'",
	],
];

test("words that cannot be read, with what to write", () => {
	for (const [name, words, message] of wrong) assert.throws(() => read(name, words), { message, code: "usage" }, words);
});
