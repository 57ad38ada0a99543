// SPDX-License-Identifier: Apache-2.0
/** Only one file turns text into SQL. Elsewhere the compiler refuses a plain string, and nothing tells it to ignore
 *  that. */
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

test("no function that runs SQL takes a plain string", () => {
	const runs = /\b(?:run|rows|row|runAndReadAll|stream|query|prepare|extractStatements)\((?:"|'|`)/;
	assert.deepEqual(matching(runs), []);
});

test("SQL of users is taken only where users type", () => {
	const others = matching(/\btypedByUser\(/).filter((path) => !path.startsWith("cli/"));
	/* These are for users who ask over the socket of a recording, and for programs that use the library. */
	assert.deepEqual(others, ["ask/live/answerer.ts", "library/open-recording.ts"]);
	const asPrograms = matching(/\b(recording|asked)\.(sql|read)\(/).filter((path) => !path.startsWith("library/"));
	assert.deepEqual(asPrograms, [], "only programs of others hand text to the library");
});

test("a value becomes a literal and a name an identifier, whatever they hold", () => {
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
