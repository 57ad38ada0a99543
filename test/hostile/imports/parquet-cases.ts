// SPDX-License-Identifier: Apache-2.0
/** Parquet of some kilobytes that becomes a table of gigabytes. */
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import type { HostileImport } from "./hostile-import.js";

const bomb = (name: string, select: string, options: string): HostileImport => ({
	name: `parquet-bomb-of-${name}`,
	async make(sandbox) {
		const path = join(sandbox.in, "case.parquet");
		const instance = await DuckDBInstance.create(":memory:", { threads: "1" });
		const connection = await instance.connect();
		try {
			await connection.run(`COPY (${select}) TO '${path}' (FORMAT parquet, COMPRESSION zstd, ${options})`);
		} finally {
			connection.closeSync();
			instance.closeSync();
		}
		return path;
	},
});

const time = "make_timestamp(1764000000000000 + range * 1000000) AS time";

export const parquetBombs = (): HostileImport[] => [
	bomb("rows", "SELECT TIMESTAMP '2025-11-24' AS time, 1 AS a FROM range(20000000)", "ROW_GROUP_SIZE 2000000"),
	bomb("text", `SELECT ${time}, range AS a, repeat('x', 5000000) || range AS b FROM range(60)`, "ROW_GROUP_SIZE 2048"),
	bomb(
		"columns",
		`SELECT ${time}, ${Array.from({ length: 9000 }, (_, i) => `1 AS c${i}`).join(", ")} FROM range(2)`,
		"ROW_GROUP_SIZE 2048",
	),
	bomb(
		"depth",
		`SELECT ${time}, 1 AS a, ${"[".repeat(300)}1${"]".repeat(300)} AS b FROM range(2)`,
		"ROW_GROUP_SIZE 2048",
	),
];
