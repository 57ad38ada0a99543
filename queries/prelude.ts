// SPDX-License-Identifier: Apache-2.0
/** The macros that every recording carries. */
import { readFileSync } from "node:fs";
import { packageFile } from "../base/paths.js";

export const prelude = (): string => readFileSync(packageFile("queries/prelude.sql"), "utf8");
