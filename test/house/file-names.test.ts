// SPDX-License-Identifier: Apache-2.0
/** A file is found by its name: no two TypeScript files of the tree have the same one, except where a folder's files
 *  are the same on purpose. */
import assert from "node:assert/strict";
import { basename, dirname } from "node:path";
import { test } from "node:test";
import { groupBy } from "../../base/group-by.js";
import { filesIn, outside, product } from "../support/layers.js";

/** Files that every source has, and the entry points of programs. */
const ofMany = ["index.ts", "catalogue.ts", "main.ts", "run.ts"];

/** Folders in which a file is named after one verb or one benchmark, so that its name says what it is about, not what
 *  it does. */
const oneEach = ["cli/verbs", "bench"];

const files = filesIn([...product, ...outside]).filter((path) => path.endsWith(".ts"));

test("a file is found by its name", () => {
	const counted = files.filter((path) => !ofMany.includes(basename(path)) && !oneEach.includes(dirname(path)));
	const repeated = [...groupBy(counted, (path) => basename(path))].filter(([, paths]) => paths.length > 1);
	assert.deepEqual(
		repeated.flatMap(([, paths]) => paths),
		[],
		"files with the same name; rename one of each",
	);
});
