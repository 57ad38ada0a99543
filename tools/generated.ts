// SPDX-License-Identifier: Apache-2.0
/** The files that are generated from other files of this repository, one per line. `npm run gen` writes them, a test
 *  compares them. */
import { execFileSync } from "node:child_process";
import { packageFile } from "../base/paths.js";
import { libraryPage } from "./library-page.js";
import { macroPages } from "./macro-pages.js";
import { queries } from "./queries.js";
import { reference } from "./reference.js";

export interface Generated {
	/** Path below the root of the package. */
	readonly path: string;
	/** Returns the whole content that the file should have. */
	produce(): string;
}

const output = (program: string, ...words: readonly string[]): string =>
	execFileSync(packageFile(program), words, { encoding: "utf8" });

/** Formats TypeScript with biome, so that `biome check` accepts what the generator prints. */
const formatted = (path: string, text: string): string =>
	execFileSync(packageFile("node_modules/.bin/biome"), ["format", `--stdin-file-path=${path}`], {
		cwd: packageFile(""),
		input: text,
		encoding: "utf8",
	});

const typescript = (path: string, print: () => string): Generated => ({
	path,
	produce: () => formatted(path, print()),
});

export const generated: readonly Generated[] = [
	typescript("sampler/layout.gen.ts", () => output("build/native/release/layout_print")),
	typescript("kernel/mlx5/transport/firmware.gen.ts", () => output("build/native/release/tables_print", "firmware")),
	typescript("kernel/mlx5/trace/trace.gen.ts", () => output("build/native/release/tables_print", "trace")),
	{ path: "docs/reference.md", produce: reference },
	{ path: "docs/queries.md", produce: queries },
	{ path: "docs/macros.md", produce: macroPages },
	{ path: "docs/library.md", produce: libraryPage },
];
