// SPDX-License-Identifier: Apache-2.0
/** A file is found by its name: no two TypeScript files of the tree have the same one, except where a folder's files
 *  are the same on purpose. */
import assert from "node:assert/strict";
import { basename, dirname } from "node:path";
import { test } from "node:test";
import { groupBy } from "../../base/group.js";
import { filesIn, outside, product } from "../support/layers.js";

/** Files that every source has, and the entry points of programs. */
const ofMany = ["index.ts", "catalogue.ts", "main.ts", "run.ts"];

/** Folders in which a file is named after one verb or one benchmark, so that its name says what it is about, not what
 *  it does. */
const oneEach = ["cli/verbs", "bench"];

/** Names that still occur more than once. A name is taken out when its files were renamed; none is added. */
const exceptions: readonly string[] = [
	"arrow.ts",
	"clean.ts",
	"clock.ts",
	"common.ts",
	"contents.ts",
	"csv.ts",
	"files.ts",
	"format.ts",
	"group.ts",
	"judge.ts",
	"lines.ts",
	"machine.ts",
	"metadata.ts",
	"names.ts",
	"native.ts",
	"output.ts",
	"parquet.ts",
	"plan.ts",
	"read.ts",
	"recording.ts",
	"selection.ts",
	"sink.ts",
	"slices.ts",
	"units.ts",
	"values.ts",
	"views.ts",
];

const files = filesIn([...product, ...outside]).filter((path) => path.endsWith(".ts"));

test("a file is found by its name", () => {
	const counted = files.filter((path) => !ofMany.includes(basename(path)) && !oneEach.includes(dirname(path)));
	const repeated = [...groupBy(counted, (path) => basename(path))].filter(([, paths]) => paths.length > 1);
	const unexpected = repeated.filter(([name]) => !exceptions.includes(name)).flatMap(([, paths]) => paths);
	assert.deepEqual(unexpected, [], "files with the same name; rename one of each");
	const names = repeated.map(([name]) => name);
	assert.deepEqual(
		exceptions.filter((name) => !names.includes(name)),
		[],
		"names that occur only once now; take them off the list",
	);
});
