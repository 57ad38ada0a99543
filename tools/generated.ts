// SPDX-License-Identifier: Apache-2.0
/** Files that are printed from something else in this repository: one line each. `npm run gen` writes them, a test compares. */
import { execFileSync } from "node:child_process";
import { packageFile } from "../base/paths.js";
import { macroPages } from "./macros.js";
import { queries } from "./queries.js";
import { reference } from "./reference.js";

export interface Generated {
	/** Below the package's root. */
	readonly path: string;
	/** The whole content that the file should have. */
	produce(): string;
}

const output = (program: string, ...words: readonly string[]): string =>
	execFileSync(packageFile(program), words, { encoding: "utf8" });

/** TypeScript as biome formats it, so that `biome check` and the generator agree. */
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
];
