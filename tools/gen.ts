// SPDX-License-Identifier: Apache-2.0
/** `npm run gen`: writes every generated file that is out of date. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { packageFile } from "../base/paths.js";
import { generated } from "./generated.js";

for (const { path, produce } of generated) {
	const file = packageFile(path);
	const text = produce();
	const stale = !existsSync(file) || readFileSync(file, "utf8") !== text;
	if (stale) writeFileSync(file, text);
	process.stdout.write(`${stale ? "wrote" : "kept"} ${path}\n`);
}
