// SPDX-License-Identifier: Apache-2.0
/** Finds the tests, and selects those that the words of a command line name. */
import { readdirSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { packageFile } from "../../base/paths.js";

const withoutEndings = (path: string): string => join(dirname(path), basename(path).split(".")[0]!);

/** Whether a word selects a path. A word with a slash is a part of the path, any other a part of the name. */
const selects = (word: string, path: string): boolean => (word.includes("/") ? path : basename(path)).includes(word);

/** Paths within a folder, without their extensions, of the files with this ending that a word selects; without words
 *  all of them. */
export const named = (folder: string, end: RegExp, wanted: readonly string[]): string[] =>
	readdirSync(packageFile(folder), { recursive: true, encoding: "utf8" })
		.filter((path) => end.test(path))
		.map(withoutEndings)
		.filter((path) => wanted.length === 0 || wanted.some((word) => selects(word, path)))
		.sort();
