// SPDX-License-Identifier: Apache-2.0
/** The names in the recordings of a session, for completion and listings: tables, columns, streams, counters,
 *  macros. */
import type { Value } from "../storage/recording.js";
import { name as quoted, sql } from "../storage/sql.js";
import { columnsSql } from "../storage/views.js";
import { rowsOf, type Session } from "./session.js";

export interface Table {
	/** The table as a statement names it: with the name of its recording where several are open. */
	readonly name: string;
	readonly columns: readonly string[];
}

export interface Counter {
	readonly stream: string;
	readonly column: string;
	readonly id: string;
	readonly unit: string;
	readonly semantics: string;
	readonly help: string;
}

export interface Macro {
	readonly name: string;
	readonly parameters: readonly string[];
}

export interface Vocabulary {
	readonly tables: readonly Table[];
	readonly counters: readonly Counter[];
	readonly streams: readonly string[];
	readonly macros: readonly Macro[];
}

const plainName = /^[a-z_][a-z0-9_]*$/;

/** The prefix of a table: "other." for a table of another recording, quoted where needed; "" where none is needed. */
const prefixOf = (schema: string): string =>
	schema === "" ? "" : `${plainName.test(schema) ? schema : quoted(schema)}.`;

const items = (value: Value): string[] => [...(value as { items: readonly Value[] }).items].map(String);

async function macrosOf(session: Session): Promise<Macro[]> {
	const rows = await rowsOf(
		session,
		sql`SELECT DISTINCT function_name, parameters FROM duckdb_functions()
		WHERE NOT internal AND database_name IN ('memory', 'temp') AND contains(function_type, 'macro') AND NOT starts_with(function_name, '_') ORDER BY ALL`,
	);
	return rows.map((row) => ({ name: String(row.function_name), parameters: items(row.parameters!) }));
}

async function countersOf(session: Session, schema: string): Promise<Counter[]> {
	const from = sql`${schema === "" ? sql`` : sql`${quoted(schema)}.`}counters`;
	const rows = await rowsOf(session, sql`SELECT stream, column_name, id, unit, semantics, help FROM ${from}`);
	return rows.map((row) => ({
		stream: prefixOf(schema) + row.stream,
		column: String(row.column_name),
		id: String(row.id),
		unit: String(row.unit),
		semantics: String(row.semantics),
		help: String(row.help),
	}));
}

export async function vocabularyOf(session: Session): Promise<Vocabulary> {
	const named = await rowsOf(
		session,
		sql`SELECT prefix, name, list(column_name ORDER BY column_index) AS columns FROM (${columnsSql}) GROUP BY prefix, name, place ORDER BY place`,
	);
	const tables = named.map((row) => ({ name: prefixOf(String(row.prefix)) + row.name, columns: items(row.columns!) }));
	const schemas = named.filter((row) => row.name === "counters").map((row) => String(row.prefix));
	const counters: Counter[] = [];
	for (const schema of schemas) counters.push(...(await countersOf(session, schema)));
	const streams = [...new Set(counters.map(({ stream }) => stream))];
	return { tables, counters, streams, macros: await macrosOf(session) };
}
