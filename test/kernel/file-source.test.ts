// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { CountersinkError } from "../../base/errors.js";
import { nanoseconds } from "../../base/units.js";
import { file } from "../../kernel/file/index.js";
import { parseNumber } from "../../kernel/file/number.js";
import { counterId } from "../../kernel/source.js";
import { assertBetween } from "../support/bracket.js";
import { sample } from "../support/sample.js";

let folder = "";

before(() => {
	folder = mkdtempSync(join(tmpdir(), "countersink-file-"));
	const files = {
		a1: "17\n",
		a2: "0x1f",
		a3: "-4\n",
		half: " 12.50\n",
		big: `${2n ** 63n}\n`,
		wide: "5000000000\n",
		word: "abc\n",
	};
	for (const [name, text] of Object.entries({ ...files, two: "1 2\n", empty: "", "odd[1]?": "3\n", ".hidden": "1\n" }))
		writeFileSync(join(folder, name), text);
	mkdirSync(join(folder, "sub"));
	// Opening a pipe without a writer would wait for ever, were it not refused to wait.
	execFileSync("mkfifo", [join(folder, "pipe")]);
});
after(() => rmSync(folder, { recursive: true }));

const options = (text: string): Map<string, string> =>
	new Map(text === "" ? [] : text.split("&").map((item) => item.split("=") as [string, string]));

test("bad input is refused with one sentence that says what to try", () => {
	const table: readonly (readonly [string, string, RegExp])[] = [
		["stat", "", /^'file:stat' does not name a file by its whole path; begin with a slash, as in 'file:\/sys\//],
		["*", "", /^'file:\*' does not name a file by its whole path; /],
		["./a1", "", /does not name a file by its whole path; /],
		["FOLDER/none", "", /^'FOLDER\/none' does not exist; 'ls' its folder/],
		["FOLDER/a1/none", "", /^'FOLDER\/a1\/none' does not exist, because a part of its path is not a folder; /],
		["FOLDER/sub", "", /^'FOLDER\/sub' is a folder; name a file in it/],
		["FOLDER/word", "", /^'FOLDER\/word' holds 'abc', not one number; /],
		["FOLDER/two", "", /^'FOLDER\/two' holds '1 2', not one number; /],
		["FOLDER/empty", "", /^'FOLDER\/empty' is empty, so it holds no number; /],
		["/dev/null", "", /^'\/dev\/null' is not a regular file; /],
		["FOLDER/pipe", "", /^'FOLDER\/pipe' is not a regular file; /],
		["FOLDER/zz*", "", /^'file:FOLDER\/zz\*' matches no file; wildcards stay within one folder/],
		["FOLDER/{two,word}", "", /^'FOLDER\/two' \(the first of 2 matches\) holds '1 2', not one number; /],
		["FOLDER/a1", "type=rate", /^file option type=rate is not understood; write type=counter or type=gauge$/],
		["FOLDER/a1", "type=counter&width=33", /^file option width=33 is not understood; write width=32, /],
		["FOLDER/a1", "width=32", /^file option width=32 is for counters; write \?type=counter&width=32, or leave it out$/],
		["FOLDER/a3", "type=counter", /holds -4, and a counter is never below 0; leave out \?type=counter$/],
		["FOLDER/wide", "type=counter&width=32", /holds 5000000000, which is more than 32 bits; give a larger \?width=$/],
	];
	for (const [text, given, message] of table) {
		assert.throws(
			() => file.resolve(text.replace("FOLDER", folder), options(given)),
			(error) => {
				assert.ok(error instanceof CountersinkError, String(error));
				assert.equal(error.code, "usage");
				assert.match(error.message.replaceAll(folder, "FOLDER"), message);
				return true;
			},
		);
	}
});

test("numbers are decimal or hexadecimal with a sign, or decimals with a point", () => {
	const table: readonly (readonly [string, bigint | number | null])[] = [
		["17\n", 17n],
		["  -4", -4n],
		["+5", 5n],
		["0x1F\n", 31n],
		["-0x10", -16n],
		["12.50", 12.5],
		["-0.5\n", -0.5],
		["18446744073709551615", 2n ** 64n - 1n],
		["18446744073709551616", null],
		["-9223372036854775809", null],
		["0x1.5", null],
		["1e5", null],
		["1 2", null],
		["12kB", null],
		[".5", null],
		["", null],
	];
	for (const [text, value] of table) assert.equal(parseNumber(text), value, JSON.stringify(text));
});

test("a path is its own id, and its content and the options decide the type", () => {
	const table: readonly (readonly [string, string, string])[] = [
		["a1", "", "i64 gauge 64"],
		["a1", "type=counter", "u64 counter 64"],
		["a1", "type=counter&width=48", "u64 counter 48"],
		["a2", "", "i64 gauge 64"],
		["a3", "type=gauge", "i64 gauge 64"],
		["half", "", "f64 gauge 64"],
		["big", "", "u64 gauge 64"],
		["odd[1]?", "", "i64 gauge 64"],
	];
	for (const [name, given, expected] of table) {
		const [counter, ...more] = file.resolve(join(folder, name), options(given));
		assert.deepEqual(more, []);
		assert.equal(counterId(counter!), `file:${folder}/${name}`);
		assert.equal(`${counter!.type} ${counter!.semantics} ${counter!.width}`, expected, name);
	}
	assert.equal(counterId(file.resolve(`${folder}//sub/../a1`)[0]!), `file:${folder}/a1`);
});

test("wildcards stay within a folder level and leave out what holds no number", () => {
	const names = (glob: string) => file.resolve(join(folder, glob)).map((c) => c.name);
	assert.deepEqual(names("a*"), ["a1", "a2", "a3"]);
	assert.deepEqual(names("a[12]"), ["a1", "a2"]);
	assert.deepEqual(names("{a1,half}"), ["a1", "half"]);
	assert.deepEqual(names("*"), ["a1", "a2", "a3", "big", "half", "odd[1]?", "wide"]);
	assert.ok(file.resolve(`${folder.slice(0, -1)}?/a1`).some((c) => c.instance === folder));
	assert.deepEqual(file.list(), []);
});

test("sampled files hold what they hold, and become null when they no longer hold a number", async () => {
	const counters = ["a1", "a2", "a3", "half", "big"].flatMap((name) => file.resolve(join(folder, name)));
	const still = await sample(file, counters, { duration: nanoseconds(50e6) });
	const truth = [17n, 31n, -4n, 12.5, 2n ** 63n];
	counters.forEach((counter, i) => {
		assert.deepEqual([...new Set(still.columns[i])], [truth[i]], counter.name);
	});
	const path = join(folder, "changing");
	writeFileSync(path, "1\n");
	const values = ["2\n", "word\n", "-3", "0x10\n", ""];
	const meanwhile = () => {
		if (values.length > 0) writeFileSync(path, values.shift()!);
	};
	const { columns } = await sample(file, file.resolve(path), { duration: nanoseconds(150e6), meanwhile });
	for (const value of columns[0]!) assert.ok([1n, 2n, null, -3n, 16n].includes(value as bigint | null), String(value));
	assert.equal(columns[0]!.at(-1), null);
});

test("a counter of sysfs lies between two readings", async (t) => {
	const statistics = "/sys/class/net/lo/statistics";
	if (!readdirSync("/sys/class/net").includes("lo")) return t.skip("no loopback interface here");
	const counters = file.resolve(`${statistics}/*`, options("type=counter"));
	assert.ok(counters.length > 10);
	const read = () => counters.map((c) => BigInt(readFileSync(`${statistics}/${c.name}`, "utf8").trim()));
	const first = read();
	const { columns } = await sample(file, counters, { duration: nanoseconds(50e6) });
	const last = read();
	counters.forEach((counter, i) => {
		assertBetween(counterId(counter), first[i]!, columns[i]!, last[i]!);
	});
});
