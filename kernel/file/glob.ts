// SPDX-License-Identifier: Apache-2.0
import { existsSync } from "node:fs";
import { join } from "node:path";
import { globToRegExp } from "../../base/text.js";
import { namesIn } from "../shared/folders.js";

const isGlob = (text: string): boolean => /[*?[{]/.test(text);

/** Paths below folders that match parts, one folder level for each part. */
function expand(folders: readonly string[], parts: readonly string[]): string[] {
	const [part, ...rest] = parts;
	if (part === undefined) return [...folders];
	if (!isGlob(part))
		return expand(
			folders.map((folder) => join(folder, part)),
			rest,
		);
	const pattern = globToRegExp(part);
	// As in a shell, a wildcard does not find hidden files unless it begins with a dot itself.
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

/** The files that an absolute path names, sorted; wildcards stay within one folder level. A path that exists as it is
 *  written is itself, whatever characters it has. Null where the text is no glob. */
export function expandPath(path: string): string[] | null {
	if (!isGlob(path) || existsSync(path)) return null;
	return expand(["/"], path.split("/").filter(Boolean)).filter((found) => existsSync(found));
}
