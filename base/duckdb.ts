// SPDX-License-Identifier: Apache-2.0
/** DuckDB's client, loaded when it is first needed: 70 MB that a command line which opens no file need not wait for. By require,
 *  since an import of its CommonJS reads each of 120 files once more for their names, which takes 0.13 s of CPU. */
import { createRequire } from "node:module";
import type * as DuckDB from "@duckdb/node-api";

export const duckdbClient = (): typeof DuckDB => createRequire(import.meta.url)("@duckdb/node-api");
