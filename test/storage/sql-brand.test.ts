// SPDX-License-Identifier: Apache-2.0
/** Only one file makes SQL of text: elsewhere the compiler refuses a plain string, and nobody tells it to look away. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { packageFile } from "../../base/paths.js";
import { decimal, filled, join as joined, name, optionalText, sql, text, texts } from "../../storage/sql.js";
import { filesIn, product } from "../support/layers.js";

const files = filesIn(product).filter((path) => path.endsWith(".ts"));
const sources = new Map(files.map((path) => [path, readFileSync(packageFile(path), "utf8")]));

/** Files that match. */
const matching = (pattern: RegExp): string[] => files.filter((path) => pattern.test(sources.get(path)!));

test("text is cast to SQL in one file", () => {
	assert.deepEqual(matching(/\b(as|satisfies) (unknown as )?Sql\b|<Sql>[\w("`]/), ["storage/sql.ts"]);
});

test("nothing that runs SQL takes a plain string", () => {
	const runs = /\b(?:run|rows|row|runAndReadAll|stream|query|prepare|extractStatements)\((?:"|'|`)/;
	assert.deepEqual(matching(runs), []);
});

test("what a user typed is taken where users type", () => {
	const others = matching(/\btypedByUser\(/).filter((path) => !path.startsWith("cli/"));
	/* Of one who asks over the socket of a recording. */
	assert.deepEqual(others, ["ask/live/answerer.ts"]);
});

test("a value is a literal, a name an identifier, whatever is in it", () => {
	assert.equal(sql`${name('a"; DROP TABLE x; --')}`, '"a""; DROP TABLE x; --"');
	assert.equal(
		sql`${text("it's")} ${optionalText(null)} ${texts(["a", "'b"])}`,
		"'it''s' NULL ['a', '''b']::VARCHAR[]",
	);
	assert.equal(sql`${3n} ${1.5} ${true} ${null} ${joined([sql`a`, sql`b`])}`, "3 1.5 true NULL a, b");
	assert.equal(
		filled(sql`SELECT {x}`, /\{(x)\}/g, (found) => text(`$1 $& ${found}`)),
		"SELECT '$1 $& x'",
	);
	for (const wrong of ["", "1;", "1e", "--1", "0x10", "1 2", "NaN"]) assert.throws(() => decimal(wrong), wrong);
	for (const wrong of [Number.NaN, Number.POSITIVE_INFINITY]) assert.throws(() => sql`${wrong}`);
});
