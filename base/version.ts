// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from "node:fs";
import { packageFile } from "./paths.js";

/** The version of this package, from package.json. */
export const version: string = (JSON.parse(readFileSync(packageFile("package.json"), "utf8")) as { version: string })
	.version;
