// SPDX-License-Identifier: Apache-2.0
import { existsSync } from "node:fs";
import { join } from "node:path";
import { globToRegExp } from "../../base/text.js";
import { namesIn } from "../shared/folders.js";

const isGlob = (text: string): boolean => /[*?[{]/.test(text);

/** Paths below folders that match the parts, one part for each level of folders. */
function expand(folders: readonly string[], parts: readonly string[]): string[] {
	const [part, ...rest] = parts;
	if (part === undefined) return [...folders];
	if (!isGlob(part))
		return expand(
			folders.map((folder) => join(folder, part)),
			rest,
		);
	const pattern = globToRegExp(part);
	// A wildcard matches hidden files only when it starts with a dot, as in a shell.
	const fits = (name: string) => pattern.test(name) && (!name.startsWith(".") || part.startsWith("."));
	return expand(
		folders.flatMap((folder) =>
			namesIn(folder)
				.filter(fits)
				.map((name) => join(folder, name)),
		),
		rest,
	);
}

/** The files that an absolute path names, sorted. A wildcard matches within one level of folders. A path that exists as
 *  it is written names itself, whatever characters it has. Null when the text is not a glob. */
export function expandPath(path: string): string[] | null {
	if (!isGlob(path) || existsSync(path)) return null;
	return expand(["/"], path.split("/").filter(Boolean)).filter((found) => existsSync(found));
}
