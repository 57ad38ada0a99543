// SPDX-License-Identifier: Apache-2.0
/** Which tests there are, and which of them words on the command line mean. */
import { readdirSync } from "node:fs";
import { packageFile } from "../../base/paths.js";

/** Names without their endings of the files of a folder that end like this and contain one of the words, if there are any. */
export const named = (folder: string, end: RegExp, wanted: readonly string[]): string[] =>
	readdirSync(packageFile(folder))
		.filter((name) => end.test(name))
		.map((name) => name.slice(0, name.indexOf(".")))
		.filter((name) => wanted.length === 0 || wanted.some((word) => name.includes(word)))
		.sort();
