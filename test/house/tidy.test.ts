// SPDX-License-Identifier: Apache-2.0
/** Comments, messages and pages are plain English, and their lines have an end. docs/glossary.md has the words. */
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { packageFile } from "../../base/paths.js";
import { generated } from "../../tools/generated.js";

/** Files and folders that still have findings. One that has none left fails the test, so that it is taken off: the list
 *  only shrinks. */
const untidy: readonly string[] = ["test/ask", "test/hostile", "test/kernel", "test/native", "test/queries"];

/** These hold the patterns, or text that is not ours. */
const skipped = ["test/house/tidy.test.ts", "test/fixtures", "bench/results", ...generated.map(({ path }) => path)];

interface Rule {
	readonly pattern: RegExp;
	readonly instead: string;
}

/** A space in a pattern stands for any blanks, also for a line break with the mark that starts the next comment
 *  line. */
const rule = (pattern: string, instead: string, flags = "i"): Rule => ({
	pattern: new RegExp(pattern.replaceAll(" ", String.raw`\s+(?:(?:\*|//|--|#)\s+)?`), `g${flags}`),
	instead,
});

const rules: readonly Rule[] = [
	rule(String.raw`\b(?:the|a|its|each|from|between|or) begin\b(?!s)|\bbegin of\b`, "start"),
	rule(
		String.raw`(?<!\bthere )\b(?:is|are|was|were) no (?!longer|more|less|better|worse|further|different)`,
		"is not a ...",
	),
	rule(String.raw`\b(?:is|are|was|were) (?:none|nothing) of\b`, "is not one of"),
	rule(String.raw`\bwhoever\b`, "name who it is, as in 'the process that ...'"),
	rule(
		String.raw`(?<!\b(?:s|left|leave|leaves|lag|lags|fall|falls|fell|fallen|falling) )\bbehind\b`,
		"after, or beyond",
	),
	rule(String.raw`\bso (?:many|much)\b`, "'n', or what the number is called"),
	rule(String.raw`\bthat (?:lie|lies|stand|stands)\b`, "leave it out, or say where it is"),
	rule(
		String.raw`\b(?:hereby|thereby|therein|thereof|thereupon|therewith|whereupon|whereof)\b`,
		"by this, in it, then",
	),
	rule(String.raw`\bought to\b`, "should"),
	rule(
		String.raw`(?:/\*\*?|//|--|^\s*\*) (?:Of|By|As(?! (?:many|much|long|soon|far|few))|Among|Who) (?![^\n]*\?)`,
		"a sentence with a subject",
		"",
	),
	rule(String.raw`\b(?:[A-Z0-9]+_)*(?:LEAST|MOST|FEWEST)(?:_[A-Z0-9]+)*\b`, "MIN or MAX", ""),
];

/** Columns of a line, and how wide a tab is: biome's for TypeScript, the kernel's for C. In Markdown, tables, code and
 *  links alone are free. */
const MAX_CODE = 120;
const MAX_MARKDOWN = 160;

interface Finding {
	readonly path: string;
	readonly line: number;
	readonly what: string;
}

const lineAt = (text: string, index: number): number => text.slice(0, index).split("\n").length;

const proseFindings = (path: string, text: string): Finding[] =>
	rules.flatMap(({ pattern, instead }) =>
		[...text.matchAll(pattern)].map(({ 0: found, index }) => ({
			path,
			line: lineAt(text, index),
			what: `'${found.trim().replace(/\s+/g, " ")}': write ${instead}`,
		})),
	);

const widthOf = (line: string, tab: number): number => line.replaceAll("\t", " ".repeat(tab)).length;

/** The formatter breaks code where it can; a text that is longer stays. */
const isFreeCode = (line: string): boolean => /["'`]/.test(line) && !isComment(line);
const isComment = (line: string): boolean => /^\s*(?:\/\/|\/?\*)/.test(line);

function lineFindings(path: string, text: string): Finding[] {
	const lines = text.split("\n");
	const found = (line: number): Finding => ({ path, line: line + 1, what: "a line over the limit" });
	if (path.endsWith(".ts"))
		return lines.flatMap((line, i) => (isComment(line) && widthOf(line, 2) > MAX_CODE ? [found(i)] : []));
	if (/\.[ch]$/.test(path))
		return lines.flatMap((line, i) => (!isFreeCode(line) && widthOf(line, 8) > MAX_CODE ? [found(i)] : []));
	if (!path.endsWith(".md")) return [];
	let code = false;
	return lines.flatMap((line, i) => {
		if (/^\s*```/.test(line)) code = !code;
		return !code && !line.startsWith("|") && line.includes(" ") && line.length > MAX_MARKDOWN ? [found(i)] : [];
	});
}

const roots = readdirSync(packageFile("."), { withFileTypes: true })
	.filter(({ name }) => !/^(?:\.git|node_modules|dist|build)$/.test(name))
	.flatMap((entry) =>
		entry.isDirectory()
			? readdirSync(packageFile(entry.name), { recursive: true }).map((path) => join(entry.name, String(path)))
			: [entry.name],
	);
const isWithin = (path: string, folder: string): boolean => path === folder || path.startsWith(`${folder}/`);
const files = roots.filter(
	(path) => /\.(?:ts|c|h|sql|sh|md)$/.test(path) && !skipped.some((folder) => isWithin(path, folder)),
);

const findings = files.flatMap((path) => {
	const text = readFileSync(packageFile(path), "utf8");
	return [...proseFindings(path, text), ...lineFindings(path, text)];
});

test("comments, messages and pages are plain, and lines within the limit", () => {
	const left = findings.filter(({ path }) => !untidy.some((folder) => isWithin(path, folder)));
	assert.equal(left.length, 0, left.map(({ path, line, what }) => `${path}:${line} ${what}`).join("\n"));
});

test("what is listed as untidy still is", () => {
	const tidy = untidy.filter((folder) => !findings.some(({ path }) => isWithin(path, folder)));
	assert.deepEqual(tidy, [], "these have no finding left: take them off the list in this file");
	assert.ok(untidy.every((folder) => existsSync(packageFile(folder))));
});

test("the rules find what they are for", () => {
	for (const bad of [
		"/* at the begin of the ring */",
		"'@fast' is no rate",
		" * Whoever does not answer",
		"/** Of its rows. */",
		"so\n * many behind",
		"MOST_ROWS",
	])
		assert.notDeepEqual(proseFindings("x.ts", bad), [], bad);
	for (const good of [
		"there is no log",
		"it is no longer there",
		"a writer that falls behind",
		"ring_begin opens a row",
	])
		assert.deepEqual(proseFindings("x.ts", good), [], good);
});
