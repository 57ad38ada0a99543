// SPDX-License-Identifier: Apache-2.0
/** Makes the SQL for the tables of a stream. The writer creates them, and the reader expects the same. DuckDB is not
 *  loaded for that. */
import type { StreamShape } from "../sampler/batch.js";
import { join, name, type Sql, sql, text } from "./sql.js";

/** Type of a column by the type of its counter. */
export const cellTypes = { u64: sql`UBIGINT`, i64: sql`BIGINT`, f64: sql`DOUBLE` } as const;
const FIXED = [sql`ts`, sql`tick`, sql`read_ns`];

/** Statements that create the wide table of a stream and its long view. @param table the wide table, where it has
 *  another name than its stream */
export function streamTables({ name: stream, columns }: StreamShape, table: Sql = name(stream)): Sql[] {
	const cells = columns.map((column) => sql`${name(column.name)} ${cellTypes[column.type]}`);
	const types = new Set(columns.map((column) => column.type));
	/* Cells of different types become DOUBLE, which is exact up to 2^53. */
	const value = (column: string): Sql =>
		types.size > 1 ? sql`${name(column)}::DOUBLE AS ${name(column)}` : name(column);
	const names = columns.map((column) => column.name);
	return [
		sql`CREATE TABLE ${table} (ts TIMESTAMP_NS NOT NULL, tick UBIGINT NOT NULL, read_ns UINTEGER NOT NULL, ${join(cells)})`,
		sql`CREATE VIEW ${name(`${stream}_long`)} AS
		SELECT u.ts, u.tick, u.read_ns, c.id, u.value
		FROM (UNPIVOT (SELECT ${join(FIXED)}, ${join(names.map(value))} FROM ${name(stream)})
			ON ${join(names.map(name))} INTO NAME column_name VALUE value) u
		JOIN counters c ON c.stream = ${text(stream)} AND c.column_name = u.column_name`,
	];
}
