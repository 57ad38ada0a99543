// SPDX-License-Identifier: Apache-2.0
/** The text reader: numbers as written, and nulls, never another row's numbers, when a table changes its shape. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { nanoseconds } from "../../base/units.js";
import { fields, lines, type TextAt, textReaders } from "../../kernel/shared/text/positions.js";
import type { CellType, Counter, ReaderPlan, Source } from "../../kernel/source.js";
import { needs } from "../support/needs.js";
import { sample } from "../support/sample.js";

const folder = mkdtempSync(join(tmpdir(), "countersink-text-"));
after(() => rmSync(folder, { recursive: true }));

let files = 0;
function file(text: string): string {
	const path = join(folder, `table ${files++}`);
	writeFileSync(path, text);
	return path;
}

const sourceOf = (plan: Source<TextAt>["plan"]): Source<TextAt> => ({
	name: "fixture",
	summary: "",
	absence: () => null,
	list: () => [],
	plan,
});
const fixture = sourceOf((counters) => textReaders(counters));

const counter = (at: TextAt): Counter<TextAt> => ({
	source: "fixture",
	instance: at.path,
	name: `${at.line}.${at.field}`,
	unit: "none",
	semantics: "gauge",
	width: 64,
	type: at.kind === "f64" ? "f64" : at.kind === "i64" || at.kind === "number" ? "i64" : ("u64" as CellType),
	help: "",
	at,
});

const brief = { period: nanoseconds(2e6), duration: nanoseconds(100e6) };

type Cell = bigint | number | null;

test("numbers are taken as they are written, or are null", async () => {
	const cases: [text: string, kind: TextAt["kind"], expected: Cell][] = [
		["0", "u64", 0n],
		["18446744073709551615", "u64", 18446744073709551615n],
		["18446744073709551616", "u64", null],
		["00000000000000000000000000017", "u64", 17n],
		["99999999999999999999", "u64", null],
		["-1", "u64", null],
		["+1", "u64", null],
		["12a", "u64", null],
		["0x10", "u64", null],
		["1.5", "u64", null],
		["-9223372036854775808", "i64", -9223372036854775808n],
		["-9223372036854775809", "i64", null],
		["9223372036854775807", "i64", 9223372036854775807n],
		["9223372036854775808", "i64", null],
		["-", "i64", null],
		["--1", "i64", null],
		["0000beef", "x64", 0xbeefn],
		["0XFFffFFffFFffFFff", "x64", 0xffffffffffffffffn],
		["10000000000000000", "x64", null],
		["0x", "x64", null],
		["g", "x64", null],
		["0.16", "f64", 0.16],
		["-12.5", "f64", -12.5],
		["100.00", "f64", 100],
		["7", "f64", 7],
		["7.", "f64", null],
		[".5", "f64", null],
		["1e3", "f64", null],
		["0.12345678901234567890123456789", "f64", 0.12345678901234568],
		["99999999999999999999", "f64", null],
		["42", "number", 42n],
		["-42", "number", -42n],
		["+42", "number", 42n],
		["0x2A", "number", 42n],
		["-0x2a", "number", -42n],
		["9223372036854775808", "number", -9223372036854775808n],
		["-9223372036854775809", "number", null],
		["yes", "number", null],
	];
	const path = file(cases.map(([text]) => `${text}\n`).join(""));
	const counters = cases.map(([, kind], line) => counter({ path, line, label: "", field: 0, kind }));
	const { columns } = await sample(fixture, counters, brief);
	cases.forEach(([text, kind, expected], i) => {
		const is = columns[i]![0]!;
		const near = typeof is === "number" && Math.abs(is - Number(expected)) <= 1e-15 * Math.abs(is);
		assert.ok(is === expected || near, `${text} as ${kind}: ${is} is not ${expected}`);
	});
});

test("fields are separated by blanks, tabs, '=' and ':', and labels end anywhere", async () => {
	const text = "  eth0:12   -3\t4\nsome avg10=0.16 total=923\nlabel 5 6 7\n8:0 rbytes=90 wbytes=91";
	const path = file(text);
	const table: [line: number, field: number, label: string, kind: TextAt["kind"], expected: Cell][] = [
		[0, 1, "  eth0:", "u64", 12n],
		[0, 2, "  eth0:", "i64", -3n],
		[0, 3, "  eth0:", "u64", 4n],
		[0, 4, "  eth0:", "u64", null],
		[1, 2, "some avg1", "f64", 0.16],
		[1, 4, "some avg1", "u64", 923n],
		[2, 1, "label 5", "u64", 5n], // A value within the label.
		[2, 2, "label 5", "u64", 6n],
		[2, 3, "label 5", "u64", 7n],
		[3, 1, "8:0 rbytes", "u64", 0n],
		[3, 3, "8:0 rbytes", "u64", 90n],
		[3, 5, "8:0 rbytes", "u64", 91n], // The file ends without a newline.
		[4, 0, "", "u64", null],
	];
	const counters = table.map(([line, field, label, kind]) => counter({ path, line, label, field, kind }));
	for (const order of [counters, counters.toReversed()]) {
		const { columns } = await sample(fixture, order, brief);
		const expected = order === counters ? table : table.toReversed();
		assert.deepEqual(
			columns.map(([first]) => first),
			expected.map(([, , , , value]) => value),
		);
	}
	assert.deepEqual(fields(lines(text)[0]!), ["eth0", "12", "-3", "4"]);
	assert.deepEqual(fields(lines(text)[3]!), ["8", "0", "rbytes", "90", "wbytes", "91"]);
});

const header = "name  one two\n";
const alpha = "alpha  11  12\n";
const beta = "beta   21  22\n";
const gamma = "gamma  31  32 id\n";
const aleph = "aleph  91  92\n";
const table = header + alpha + beta + gamma;
const whole = [11n, 12n, 21n, 22n, 31n, 32n];
const none = [null, null];

/** What becomes of a table while it is sampled, and what each of its six values is then. */
const changes: [what: string, text: string, expected: Cell[]][] = [
	["nothing", table, whole],
	["new numbers", table.replaceAll("1", "7"), [77n, 72n, 27n, 22n, 37n, 32n]],
	["a row inserted", header + alpha + aleph + beta + gamma, [11n, 12n, ...none, ...none]],
	["a row removed", header + beta + gamma, [...none, ...none, ...none]],
	["rows exchanged", header + beta + alpha + gamma, [...none, ...none, 31n, 32n]],
	["another label of the same length", table.replace("beta", "bera"), [11n, 12n, ...none, 31n, 32n]],
	["a longer label", table.replace("beta ", "beta2"), [11n, 12n, ...none, 31n, 32n]],
	["a column removed", "name  two\nalpha  12\nbeta   22\ngamma  32 id\n", [...none, ...none, ...none]],
	["a column inserted", "name zero one two\nalpha 10 11 12\nbeta 20 21 22\n", [...none, ...none, ...none]],
	["a column appended", "name  one two three\nalpha  11  12 13\nbeta   21  22 23\n", [11n, 12n, 21n, 22n, ...none]],
	["a value missing", table.replace("  21  22", "  21"), [11n, 12n, 21n, null, 31n, 32n]],
	["no number", table.replace("21", "n/a"), [11n, 12n, null, 22n, 31n, 32n]],
	["another key", table.replace("id", "di"), [...whole.slice(0, 4), ...none]],
	["a longer key", table.replace("id", "ids"), [...whole.slice(0, 4), ...none]],
	["a key missing", table.replace(" id", ""), [...whole.slice(0, 4), ...none]],
	["the key's place taken by a number", table.replace("32 id", "32 33 id"), [...whole.slice(0, 4), ...none]],
	["cut after a row", header + alpha, [11n, 12n, ...none, ...none]],
	["cut within a label", header + alpha + beta.slice(0, 2), [11n, 12n, ...none, ...none]],
	["emptied", "", [...none, ...none, ...none]],
	["a line before the header", `\n${table}`, [...none, ...none, ...none]],
	["wider, beyond what was asked for", table.replaceAll("  1", `${" ".repeat(600)}1`), whole],
	["longer numbers, beyond what was asked for", table.replaceAll("  1", `  ${"0".repeat(600)}1`), whole],
	["longer behind what is wanted", table + "delta  41  42\n".repeat(4000), whole],
];

const sixOf = (path: string): Counter<TextAt>[] =>
	["alpha ", "beta ", "gamma "].flatMap((label, row) =>
		[1, 2].map((field) =>
			counter({
				path,
				line: row + 1,
				label,
				field,
				kind: "u64",
				headers: [{ line: 0, text: "name  one two" }],
				...(row === 2 ? { keys: [{ field: 3, text: "id" }] } : {}),
			}),
		),
	);

test("a table that changes its shape under way gives nulls, and its numbers again when it is restored", async () => {
	const paths = changes.map(() => file(table));
	const counters = paths.flatMap(sixOf);
	const write = (texts: string[]) => {
		for (const [i, text] of texts.entries()) writeFileSync(paths[i]!, text);
	};
	let calls = 0;
	const { columns, gaps } = await sample(fixture, counters, {
		period: nanoseconds(2e6),
		duration: nanoseconds(800e6),
		meanwhile: () => {
			// What is looked at is shorter than a page, so that a reader sees the old text, none, or the new.
			if (++calls % 16 === 8) write(changes.map(([, text]) => text));
			if (calls % 16 === 0) write(changes.map(() => table));
		},
	});
	assert.ok(gaps.every(({ reason }) => reason !== "source_error"));
	const key = (row: Cell[]) => row.map((value) => value ?? "null").join(" ");
	changes.forEach(([what, , expected], i) => {
		const six = columns.slice(6 * i, 6 * i + 6);
		const rows = six[0]!.map((_, row) => six.map((column) => column[row]!));
		const seen = new Set(rows.map(key));
		assert.ok(seen.has(key(whole)), `${what}: the numbers of the table as it was found`);
		assert.ok(seen.has(key(expected)), `${what}: expected ${key(expected)} among ${[...seen].join(", ")}`);
		for (const row of rows)
			row.forEach((value, column) => {
				assert.ok([null, whole[column], expected[column]].includes(value), `${what}: ${value} in column ${column}`);
			});
	});
});

/** Makes the line "a 17" longer without a moment at which it is neither the old nor the new. */
function lengthen(path: string, rest: string): void {
	const fd = openSync(path, "r+");
	writeSync(fd, rest, 5);
	writeSync(fd, "a    ", 0);
	closeSync(fd);
}

test("a line that grows beyond what is read at first is read on; one that may be cut off there is null", async () => {
	const paths = ["a 17\n", "a 17\n"].map(file);
	const counters = paths.map((path) => counter({ path, line: 0, label: "a ", field: 1, kind: "u64" }));
	let calls = 0;
	const { columns } = await sample(fixture, counters, {
		period: nanoseconds(2e6),
		duration: nanoseconds(600e6),
		meanwhile: () => {
			if (++calls !== 10) return;
			lengthen(paths[0]!, `${" ".repeat(600)}23\n`);
			// All of the 512 bytes that a short table is asked for, and no newline: more digits may have followed.
			lengthen(paths[1]!, `${" ".repeat(505)}23`);
		},
	});
	const runs = columns.map((values) => values.filter((value, i) => value !== values[i - 1]));
	assert.deepEqual(runs, [
		[17n, 23n],
		[17n, null, 23n],
	]);
	assert.equal(columns[1]!.filter((value) => value === null).length, 1, "the next read asks for more");
});

test("a header that stands below the values and goes missing, or changes, takes them all", async () => {
	const text = "alpha 1\nbeta 2\nend of table\n";
	const [missing, changed] = [file(text), file(text)];
	const counters = [missing, changed].flatMap((path) =>
		["alpha ", "beta "].map((label, line) =>
			counter({ path, line, label, field: 1, kind: "u64", headers: [{ line: 2, text: "end" }] }),
		),
	);
	let calls = 0;
	const { columns } = await sample(fixture, counters, {
		period: nanoseconds(2e6),
		duration: nanoseconds(600e6),
		meanwhile: () => {
			if (++calls < 10) return;
			writeFileSync(missing, "alpha 1\nbeta 2\n");
			writeFileSync(changed, "alpha 1\nbeta 2\nEND\n");
		},
	});
	for (const [i, column] of columns.entries())
		assert.deepEqual([column[0], column.at(-1)], [BigInt(1 + (i % 2)), null]);
});

/** Rows of the slab allocator: a new cache would be a new row, but the size of its objects (field 3) never changes. */
test("a table of many pages is read to its last wanted line", { skip: needs("root") }, async () => {
	const path = "/proc/slabinfo";
	const text = readFileSync(path, "utf8");
	assert.ok(text.length > 3 * 4096, `${text.length} bytes are several pages`);
	const rows = text.trimEnd().split("\n").slice(2);
	const counters = rows.map((row, i) =>
		counter({ path, line: i + 2, label: `${row.split(" ")[0]} `, field: 3, kind: "u64" }),
	);
	const { columns } = await sample(fixture, counters, brief);
	for (const [i, row] of rows.entries()) assert.equal(columns[i]![0], BigInt(row.split(/\s+/)[3]!), row);
});

test("a large regular file is read as well", async () => {
	const path = file(Array.from({ length: 20000 }, (_, i) => `row${i} ${i * 7}\n`).join(""));
	const wanted = [0, 3, 511, 9999, 19999];
	const counters = wanted.map((line) => counter({ path, line, label: `row${line} `, field: 1, kind: "u64" }));
	const { columns } = await sample(fixture, counters, brief);
	for (const column of [0, 1]) // The first read asks for the whole file, later ones only for what is wanted.
		assert.deepEqual(
			columns.map((values) => values[column]),
			wanted.map((line) => BigInt(line * 7)),
		);
});

test("a sysctl, which gives nothing at a later offset", async () => {
	const path = "/proc/sys/kernel/pid_max";
	const { columns } = await sample(fixture, [counter({ path, line: 0, label: "", field: 0, kind: "number" })], brief);
	assert.deepEqual([...new Set(columns[0])], [BigInt(readFileSync(path, "utf8"))]);
});

/** Samples the state of a process that ends under way, whose file then fails with ESRCH; with another file or alone. */
async function sampleEnding(others: Counter<TextAt>[]) {
	const child = spawn("sleep", ["60"]);
	const at: TextAt = { path: `/proc/${child.pid}/stat`, line: 0, label: `${child.pid} `, field: 0, kind: "u64" };
	let ended = false;
	const sampled = await sample(fixture, [counter(at), ...others], {
		period: nanoseconds(2e6),
		duration: nanoseconds(400e6),
		meanwhile: async () => {
			if (ended) return;
			ended = true;
			await new Promise((resolve) => setTimeout(resolve, 50));
			child.kill("SIGKILL");
			await once(child, "exit");
		},
	});
	return { ...sampled, pid: BigInt(child.pid!) };
}

test("a file that can no longer be read gives nulls, and the others their values", async () => {
	const path = file("17\n");
	const { columns, pid } = await sampleEnding([counter({ path, line: 0, label: "", field: 0, kind: "u64" })]);
	assert.deepEqual(new Set(columns[0]), new Set([pid, null]));
	assert.equal(columns[0]!.at(-1), null);
	assert.deepEqual(new Set(columns[1]), new Set([17n]));
});

test("when no file can be read any more, the ticks are gaps of source_error", async () => {
	const { columns, pid, gaps, tick, scheduled } = await sampleEnding([]);
	assert.deepEqual(new Set(columns[0]), new Set([pid]));
	assert.ok(gaps.some(({ reason }) => reason === "source_error"));
	assert.equal(tick.length + gaps.reduce((sum, gap) => sum + gap.ticks, 0), scheduled);
});

test("a file that cannot be opened is named", async () => {
	const path = join(folder, "missing file");
	const missing = counter({ path, line: 0, label: "", field: 0, kind: "u64" });
	await assert.rejects(sample(fixture, [missing], brief), /missing file.*No such file or directory/);
});

test("plan lines that make no sense are refused", async () => {
	const path = file(table).replace(" ", "%20");
	const refused: [what: string, lines: ReaderPlan["lines"]][] = [
		["a value before any file", [["value", 0, 0, 0, "u64"]]],
		[
			"an unknown kind",
			[
				["file", path],
				["value", 0, 0, 0, "u32"],
			],
		],
		[
			"a line that is no number",
			[
				["file", path],
				["value", "x", 0, 0, "u64"],
			],
		],
		[
			"a column that the stream does not have",
			[
				["file", path],
				["value", 0, 0, 2, "u64"],
			],
		],
		[
			"a column filled twice",
			[
				["file", path],
				["value", 0, 0, 0, "u64"],
				["value", 0, 1, 0, "u64"],
			],
		],
		[
			"fields out of order",
			[
				["file", path],
				["value", 0, 1, 0, "u64"],
				["value", 0, 0, 1, "u64"],
			],
		],
		[
			"lines out of order",
			[
				["file", path],
				["value", 1, 0, 0, "u64"],
				["value", 0, 0, 1, "u64"],
			],
		],
		[
			"labels out of order",
			[
				["file", path],
				["label", 1, "a"],
				["label", 0, "b"],
				["value", 0, 0, 0, "u64"],
			],
		],
		[
			"two labels of a line",
			[
				["file", path],
				["label", 0, "a"],
				["label", 0, "b"],
				["value", 0, 0, 0, "u64"],
			],
		],
		[
			"a label of two lines",
			[
				["file", path],
				["label", 0, "a%0Ab"],
				["value", 0, 0, 0, "u64"],
			],
		],
		[
			"a broken escape",
			[
				["file", `${path}%`],
				["value", 0, 0, 0, "u64"],
			],
		],
		[
			"a value without its kind",
			[
				["file", path],
				["value", 0, 0, 0],
			],
		],
	];
	const counters = [0, 1].map((field) => counter({ path: "", line: 0, label: "", field, kind: "u64" }));
	for (const [what, plan] of refused) {
		const broken = sourceOf(() => [{ reader: "text", cpu: -1, lines: plan }]);
		await assert.rejects(sample(broken, counters.slice(0, what.includes("order") ? 2 : 1), brief), /plan/i, what);
	}
});

test("counters become one reader: files in order, then labels, then values by place", () => {
	const headers = [{ line: 0, text: "a b" }];
	const counters = [
		counter({ path: "/p q", line: 2, label: "y ", field: 3, kind: "u64", headers }),
		counter({ path: "/r", line: 0, label: "", field: 0, kind: "f64" }),
		counter({ path: "/p q", line: 2, label: "y ", field: 1, kind: "x64", headers, keys: [{ field: 4, text: "k=1" }] }),
		counter({ path: "/p q", line: 1, label: "x ", field: 9, kind: "i64", headers, keys: [{ field: 4, text: "k%" }] }),
	];
	assert.deepEqual(textReaders(counters, 3), [
		{
			reader: "text",
			cpu: 3,
			lines: [
				["file", "/p%20q"],
				["label", 0, "a%20b"],
				["label", 1, "x%20"],
				["label", 2, "y%20"],
				["key", 1, 4, "k%25"],
				["value", 1, 9, 3, "i64"],
				["value", 2, 1, 2, "x64"],
				["value", 2, 3, 0, "u64"],
				["key", 2, 4, "k=1"],
				["file", "/r"],
				["value", 0, 0, 1, "f64"],
			],
		},
	]);
	assert.deepEqual(textReaders([]), []);
	const disagreeing = [0, 1].map((i) => counter({ path: "/r", line: 0, label: `l${i} `, field: 1, kind: "u64" }));
	assert.throws(() => textReaders(disagreeing), /line 0 of \/r has one label/);
});
