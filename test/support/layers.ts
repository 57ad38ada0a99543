// SPDX-License-Identifier: Apache-2.0
/** The folders of the code, in layers. */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { packageFile } from "../../base/paths.js";

/** A folder imports only from the layers before its own; folders of one layer do not import each other. */
export const layers: readonly (readonly string[])[] = [
	["base"],
	["kernel"],
	["sampler"],
	["encode"],
	["storage"],
	["record", "queries"],
	["ask"],
	["export", "import"],
	["viewer", "mcp", "library"],
	["cli"],
];

/** Folders that may import everything, and that nothing imports. */
export const outside: readonly string[] = ["tools", "bench", "test"];

/** The folders of the product. Some layers have folders that are still to come. */
export const product: readonly string[] = layers.flat().filter((folder) => existsSync(packageFile(folder)));

/** Every file in these folders, as a path from the root of the package. */
export const filesIn = (folders: readonly string[]): string[] =>
	folders.flatMap((folder) =>
		readdirSync(packageFile(folder), { recursive: true }).map((path) => join(folder, String(path))),
	);
