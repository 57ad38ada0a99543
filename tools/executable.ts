// SPDX-License-Identifier: Apache-2.0
/** tsc writes plain files; the command line is to be run as a program. Part of `npm run build`. */
import { chmodSync, existsSync } from "node:fs";
import { packageFile } from "../base/paths.js";

const main = packageFile("dist/cli/main.js");
if (existsSync(main)) chmodSync(main, 0o755);
