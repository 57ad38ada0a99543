// SPDX-License-Identifier: Apache-2.0
/** Loads DuckDB's client when it is first needed: 70 MB that a command without a file need not wait for. It uses
 *  require, since an import of its CommonJS reads each of 120 files once more for their names, which takes 0.13 s of
 *  CPU. */
import { createRequire } from "node:module";
import type * as DuckDB from "@duckdb/node-api";

export const duckdbClient = (): typeof DuckDB => createRequire(import.meta.url)("@duckdb/node-api");
