// SPDX-License-Identifier: Apache-2.0
/** How text is cleaned before a terminal, names before a path, and cells before a spreadsheet. */
import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { clean, cleanLines, toJson } from "../../base/clean.js";
import { asText, quoted } from "../../base/csv-cell.js";
import { onScreen, painter } from "../../cli/terminal.js";
import { component, escaped } from "../../export/component.js";
import { isShowable } from "../support/showable.js";

/** Any text: whole characters, halves of pairs, and many dangerous ones. */
const anyText = fc
	.array(
		fc.oneof(
			{ weight: 4, arbitrary: fc.string({ unit: "binary" }) },
			{
				weight: 4,
				arbitrary: fc.constantFrom("\x1b]0;t\x07", "\u009b31m", "\u202e", "\n", "\r", "/", "..", ".", "-", "%", "="),
			},
			{ weight: 1, arbitrary: fc.integer({ min: 0xd800, max: 0xdfff }).map((code) => String.fromCharCode(code)) },
		),
		{ maxLength: 8 },
	)
	.map((parts) => parts.join(""));

const shown: readonly [text: string, clean: string][] = [
	["net:eth0/rx_bytes", "net:eth0/rx_bytes"],
	["é 日本 ß 👍 a\u0301", "é 日本 ß 👍 a\u0301"],
	["C:\\x1b", "C:\\x1b"],
	["\x1b]0;title\x07", "\\x1b]0;title\\x07"],
	["a\nb\rc\td\0\b\x7f", "a\\nb\\rc\\td\\x00\\x08\\x7f"],
	["\u0080\u009b31m\u009f", "\\x80\\x9b31m\\x9f"],
	["\u202e\u202a\u2066\u2069\u200e\u200f\u061c", "\\u{202e}\\u{202a}\\u{2066}\\u{2069}\\u{200e}\\u{200f}\\u{61c}"],
	["\u200b\u200d\ufeff\u2060\u2028\u2029", "\\u{200b}\\u{200d}\\u{feff}\\u{2060}\\u{2028}\\u{2029}"],
	["\ud800 \udfff", "\\u{d800} \\u{dfff}"],
	["\u{e0001}\u{e0041}", "\\u{e0001}\\u{e0041}"],
];

test("characters that a terminal would obey, or nobody would see, are escaped", () => {
	for (const [text, expected] of shown) assert.equal(clean(text), expected);
	assert.equal(cleanLines("a\n\x1b\r\n"), "a\n\\x1b\\r\n");
});

test("law: cleaned text is safe, does not change when cleaned again, and only unsafe text is changed", () => {
	const law = fc.property(anyText, (text) => {
		const once = clean(text);
		assert.ok(isShowable(once));
		assert.equal(clean(once), once);
		assert.equal(once === text, isShowable(text));
		assert.ok(isShowable(cleanLines(text).replaceAll("\n", "")));
	});
	fc.assert(law, { numRuns: 2000 });
});

test("law: JSON may be shown, and reads back unchanged", () => {
	const law = fc.property(anyText, anyText, (key, value) => {
		const json = toJson({ [key]: [value] }, "\t");
		assert.ok(isShowable(json.replaceAll(/[\n\t]/g, "")));
		assert.deepEqual(JSON.parse(json), { [key]: [value] });
	});
	fc.assert(law, { numRuns: 2000 });
});

test("law: only our own colours appear, whatever the painted text holds", () => {
	const paint = painter({ isTTY: true, write: () => {} }, {});
	const law = fc.property(anyText, (text) => {
		assert.equal(
			onScreen(`${text}${paint("red", `<${text}>`)}${text}`),
			`${clean(text)}\x1b[31m<${clean(text)}>\x1b[0m${clean(text)}`,
		);
	});
	fc.assert(law);
});

/** Decodes %XX, halves of surrogate pairs, too. */
function unescaped(name: string): string {
	if (name === "%") return "";
	const bytes = Buffer.from(
		name.replace(/%([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
		"latin1",
	);
	return bytes
		.toString("latin1")
		.split(/(\xed[\xa0-\xbf][\x80-\xbf])/)
		.map((part, i) => {
			const [, second, third] = [...part].map((c) => c.charCodeAt(0));
			return i % 2 === 0
				? Buffer.from(part, "latin1").toString("utf8")
				: String.fromCharCode(0xd000 | ((second! & 0x3f) << 6) | (third! & 0x3f));
		})
		.join("");
}

const components: readonly [name: string, component: string][] = [
	["net", "net"],
	["a b_c-d.e", "a b_c-d.e"],
	["", "%"],
	[".", "%2E"],
	["..", "%2E."],
	["../../x", "%2E.%2F..%2Fx"],
	["-rf", "%2Drf"],
	[".hidden", "%2Ehidden"],
	["a/b\0c", "a%2Fb%00c"],
	["\x1b\u202e", "%1B%E2%80%AE"],
	["é👍", "%C3%A9%F0%9F%91%8D"],
	["50%", "50%25"],
];

test("a name is one component of a path", () => {
	for (const [name, expected] of components) assert.equal(component(name), expected);
	for (const long of ["x".repeat(300), "日".repeat(100), "/".repeat(300)]) {
		assert.ok(component(long).length <= 200);
		assert.notEqual(component(`${long}a`), component(`${long}b`));
	}
});

test("law: any name becomes one entry of the folder, is read back, and is not that of another name", (t) => {
	const folder = mkdtempSync(join(tmpdir(), "countersink-"));
	t.after(() => rmSync(folder, { recursive: true }));
	const law = fc.property(anyText, anyText, (name, other) => {
		const entry = component(name);
		const path = join(folder, `${entry}.x`);
		writeFileSync(path, "");
		assert.deepEqual(readdirSync(folder), [`${entry}.x`]);
		rmSync(path);
		assert.match(entry, /^[^.-]/);
		if (!entry.includes("%~")) assert.equal(unescaped(entry), name);
		assert.equal(unescaped(escaped(name)), name);
		if (name !== other) assert.notEqual(entry, component(other));
	});
	fc.assert(law, { numRuns: 500 });
});

const cells: readonly [text: string, marked: boolean][] = [
	["=1+1", true],
	["+A1", true],
	["-2+3", true],
	["@SUM(A1)", true],
	["\tx", true],
	["\rx", true],
	["  =1", true],
	['"=1', true],
	["'=1", true],
	["\uff1d1", true],
	["-", true],
	["-5", false],
	["+5.25e-3", false],
	["-.5", false],
	["a=b", false],
	["", false],
	["net:eth0/rx", false],
];

test("text that starts a formula is marked, a number is not", () => {
	for (const [text, marked] of cells) assert.equal(asText(text), marked ? `'${text}` : text, text);
});

test("CSV has quotes where it needs them", () => {
	const table: [string, string][] = [
		["a", "a"],
		["a,b", '"a,b"'],
		['a"b', '"a""b"'],
		["a\nb", '"a\nb"'],
		["a\rb", '"a\rb"'],
		[" a", " a"],
		["", ""],
	];
	for (const [text, cell] of table) assert.equal(quoted(text), cell);
});
