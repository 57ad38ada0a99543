// SPDX-License-Identifier: Apache-2.0
/** What a recording has names for: tables, columns, streams, counters, macros. Read once, when the prompt begins. */
import { groupBy } from "../../base/group.js";
import { quote } from "../../storage/quote.js";
import type { Value } from "../../storage/recording.js";
import { rowsOf, type Session } from "../../storage/session.js";

export interface Table {
	/** As a statement names it: with its recording where several are open. */
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

export interface Catalog {
	readonly tables: readonly Table[];
	readonly counters: readonly Counter[];
	readonly streams: readonly string[];
	readonly macros: readonly Macro[];
}

const plainName = /^[a-z_][a-z0-9_]*$/;

/** A table of the recording that unqualified names mean has no prefix. */
const prefixOf = (database: string, current: string): string =>
	database === current ? "" : `${plainName.test(database) ? database : quote(database)}.`;

const items = (value: Value): string[] => [...(value as { items: readonly Value[] }).items].map(String);

async function macrosOf(session: Session): Promise<Macro[]> {
	const rows = await rowsOf(
		session,
		`SELECT DISTINCT function_name, parameters FROM duckdb_functions()
		WHERE NOT internal AND contains(function_type, 'macro') AND NOT starts_with(function_name, '_') ORDER BY ALL`,
	);
	return rows.map((row) => ({ name: String(row.function_name), parameters: items(row.parameters!) }));
}

async function countersOf(session: Session, prefix: string): Promise<Counter[]> {
	const rows = await rowsOf(session, `SELECT stream, column_name, id, unit, semantics, help FROM ${prefix}counters`);
	return rows.map((row) => ({
		stream: prefix + row.stream,
		column: String(row.column_name),
		id: String(row.id),
		unit: String(row.unit),
		semantics: String(row.semantics),
		help: String(row.help),
	}));
}

export async function catalogOf(session: Session): Promise<Catalog> {
	const columns = await rowsOf(
		session,
		`SELECT database_name, current_database() AS current, table_name, column_name FROM duckdb_columns()
		WHERE NOT internal ORDER BY database_name <> current, database_name, table_name, column_index`,
	);
	const named = columns.map((row) => ({
		prefix: prefixOf(String(row.database_name), String(row.current)),
		table: String(row.table_name),
		column: String(row.column_name),
	}));
	const tables = [...groupBy(named, ({ prefix, table }) => prefix + table)].map(([name, of]) => ({
		name,
		columns: of.map(({ column }) => column),
	}));
	const counters: Counter[] = [];
	for (const { name } of tables)
		if (/(^|\.)counters$/.test(name)) counters.push(...(await countersOf(session, name.slice(0, -"counters".length))));
	const streams = [...new Set(counters.map(({ stream }) => stream))];
	return { tables, counters, streams, macros: await macrosOf(session) };
}
