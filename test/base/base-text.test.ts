// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { distinct, globToRegExp, identifier, nearest } from "../../base/text.js";

/* The same language, matched in a second way: a glob is a tree, and every way to match it is tried. */
type Piece = { text: string } | { any: true } | { one: true } | { set: string; not: boolean } | { either: Piece[][] };

function matches(pieces: readonly Piece[], text: string): boolean {
	const [piece, ...rest] = pieces;
	if (piece === undefined) return text === "";
	if ("text" in piece) return text.startsWith(piece.text) && matches(rest, text.slice(piece.text.length));
	if ("one" in piece) return text !== "" && matches(rest, text.slice(1));
	if ("set" in piece) return text !== "" && piece.set.includes(text[0]!) !== piece.not && matches(rest, text.slice(1));
	if ("either" in piece) return piece.either.some((way) => matches([...way, ...rest], text));
	return Array.from({ length: text.length + 1 }, (_, i) => i).some((i) => matches(rest, text.slice(i)));
}

function print(pieces: readonly Piece[]): string {
	return pieces
		.map((piece) => {
			if ("text" in piece) return piece.text;
			if ("one" in piece) return "?";
			if ("set" in piece) return `[${piece.not ? "!" : ""}${piece.set}]`;
			if ("either" in piece) return `{${piece.either.map(print).join(",")}}`;
			return "*";
		})
		.join("");
}

const letters = fc.constantFrom(..."ab/.:-_+^$()|\\0");
const leaf: fc.Arbitrary<Piece> = fc.oneof(
	fc.record({ text: fc.string({ unit: letters, minLength: 1, maxLength: 3 }) }),
	fc.constant({ any: true as const }),
	fc.constant({ one: true as const }),
	fc.record({
		set: fc.uniqueArray(fc.constantFrom(..."ab/.0"), { minLength: 1 }).map((c) => c.join("")),
		not: fc.boolean(),
	}),
);
const leaves = fc.array(leaf, { maxLength: 4 });
const globs = fc.array(
	fc.oneof({ weight: 4, arbitrary: leaf }, fc.record({ either: fc.array(leaves, { minLength: 1, maxLength: 3 }) })),
	{ maxLength: 5 },
);

test("a glob matches the same as trying every way", () => {
	fc.assert(
		fc.property(globs, fc.string({ unit: letters, maxLength: 6 }), (pieces, text) => {
			assert.equal(globToRegExp(print(pieces)).test(text), matches(pieces, text), print(pieces));
		}),
		{ numRuns: 2000 },
	);
});

test("a glob without special characters matches only itself", () => {
	fc.assert(
		fc.property(fc.string({ unit: letters }), fc.string({ unit: letters }), (glob, text) => {
			assert.equal(globToRegExp(glob).test(text), glob === text);
		}),
	);
});

test("no glob, however broken, is an error", () => {
	fc.assert(
		fc.property(fc.string({ unit: fc.constantFrom(..."[]{}!^,-ba0*?\\(") }), (glob) => {
			globToRegExp(glob);
		}),
		{ numRuns: 5000 },
	);
});

const globTable: [string, string, boolean][] = [
	["net:*/rx_bytes", "net:eth0/rx_bytes", true],
	["net:*", "net:eth0/rx_bytes", true],
	["net:eth?/*", "net:eth0/rx_bytes", true],
	["net:eth?/*", "net:eth10/rx_bytes", false],
	["cpu[0-3]", "cpu2", true],
	["cpu[0-3]", "cpu4", false],
	["cpu[!0-3]", "cpu4", true],
	["{rx,tx}_bytes", "tx_bytes", true],
	["{rx,tx}_bytes", "rx,tx_bytes", false],
	["a.b", "axb", false],
	["a[", "a[", true],
	["a{", "a{", true],
	["a}", "a}", true],
	["a,b", "a,b", true],
	["[]]", "]", true],
	["", "", true],
	["", "a", false],
	["a*", "a\nb", true],
];

test("globs that people write match what they mean", () => {
	for (const [glob, text, expected] of globTable)
		assert.equal(globToRegExp(glob).test(text), expected, `${glob} on ${text}`);
});

test("identifiers are plain and lower-case, and a plain one does not change", () => {
	assert.equal(identifier("Eth0.100/rx-bytes"), "eth0_100_rx_bytes");
	assert.equal(identifier("0x2006", "mlx5"), "mlx5_0x2006");
	assert.equal(identifier("__"), "c_");
	fc.assert(
		fc.property(fc.string({ unit: "grapheme" }), (text) => {
			const name = identifier(text);
			assert.match(name, /^[a-z][a-z0-9_]*$/);
			if (name !== "c_") assert.equal(identifier(name), name);
		}),
	);
});

test("distinct names: no name occurs twice or is taken, the order is kept, and the first of each is unchanged", () => {
	assert.deepEqual(distinct(["a", "a", "b", "a"]), ["a", "a_2", "b", "a_3"]);
	assert.deepEqual(distinct(["ts", "a"], ["ts"]), ["ts_2", "a"]);
	const few = fc.array(fc.constantFrom<string>("a", "b", "a_2", "a_3", "a_2_2", "ts"));
	fc.assert(
		fc.property(few, few, (names, taken) => {
			const unique = distinct(names, taken);
			assert.equal(new Set(unique).size, names.length);
			for (const name of unique) assert.ok(!taken.includes(name));
			unique.forEach((name, i) => {
				assert.ok(name === names[i] || name.startsWith(`${names[i]}_`));
			});
			if (names[0] !== undefined && !taken.includes(names[0])) assert.equal(unique[0], names[0]);
		}),
	);
});

test("the nearest name is suggested when the slip is small", () => {
	const sources = ["synthetic", "net", "softirq", "perf"];
	const table: [string, string | null][] = [
		["syntetic", "synthetic"],
		["Net", "net"],
		["sofitrq", "softirq"],
		["pref", "perf"],
		["bananas", null],
		["", null],
	];
	for (const [name, expected] of table) assert.equal(nearest(name, sources), expected, name);
	assert.equal(nearest("net", []), null);
	fc.assert(
		fc.property(fc.string(), fc.array(fc.string()), (name, candidates) => {
			const near = nearest(name, candidates);
			assert.ok(near === null || candidates.includes(near));
			if (candidates.includes(name)) assert.equal(near?.toLowerCase(), name.toLowerCase());
		}),
	);
});
