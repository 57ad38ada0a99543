// SPDX-License-Identifier: Apache-2.0
/** Macros with the names of functions that questions call, of DuckDB and of ours. */
import { macros } from "../../../queries/prelude.js";
import type { Bait } from "../bait.js";
import { FALSE_ANSWER } from "../bait.js";
import { type HostileRecording, secretIn, text } from "./hostile-recording.js";

/** Macros of the file that have the names of functions which questions call. */
const builtIns: readonly (readonly [signature: string, scalar: boolean])[] = [
	["sum(x)", true],
	["count(x)", true],
	["max(x)", true],
	["min(x)", true],
	["coalesce_(x)", true],
	["greatest(x, y)", true],
	["error(x)", true],
	["epoch_ns(x)", true],
	["make_timestamp_ns(x)", true],
	["round(x)", true],
	["lower(x)", true],
	["contains(x, y)", true],
	["regexp_matches(x, y)", true],
	["any_value(x)", true],
	["quantile_disc(x, y)", true],
	["current_catalog()", true],
	["current_setting(x)", true],
	["query(x)", false],
	["query_table(x)", false],
	["range(x)", false],
	["unnest(x)", false],
	["duckdb_tables()", false],
	["duckdb_columns()", false],
	["duckdb_views()", false],
	["duckdb_databases()", false],
	["duckdb_keywords()", false],
	["duckdb_settings()", false],
	["sql_auto_complete(x)", false],
	["read_text(x)", false],
];

const macroOf = (signature: string, scalar: boolean, value: string): string =>
	scalar
		? `CREATE OR REPLACE MACRO ${signature} AS ${value}`
		: `CREATE OR REPLACE MACRO ${signature} AS TABLE SELECT ${value} AS table_name`;

function ownMacros(value: string, only?: readonly string[]): string[] {
	return macros()
		.filter(({ name }) => only === undefined || only.includes(name))
		.flatMap(({ name, signature }) => {
			const made = (scalar: boolean): string => macroOf(signature.replaceAll(/\s+/g, " "), scalar, value);
			return [`DROP MACRO IF EXISTS ${name}`, `DROP MACRO TABLE IF EXISTS ${name}`, made(true), made(false)];
		});
}

export function hostileMacros(bait: Bait): HostileRecording[] {
	const answers = builtIns.map(([signature, scalar]) => ({
		name: `macro-${signature.replace(/\W.*/, "")}`,
		sql: [macroOf(signature, scalar, text(FALSE_ANSWER))],
	}));
	/* But for the one that the value itself calls. */
	const all = (value: string, but: string): string[] =>
		builtIns.filter(([signature]) => signature !== but).map(([signature, scalar]) => macroOf(signature, scalar, value));
	return [
		...answers,
		{ name: "macros-read-a-file", sql: all(secretIn(bait), "read_text(x)") },
		{ name: "macros-fail", sql: all("error('x')", "error(x)") },
		{ name: "own-macros-answer-falsely", sql: ownMacros(FALSE_ANSWER) },
		{ name: "own-macros-read-a-file", sql: ownMacros(secretIn(bait)) },
		...["_step", "_column", "_table", "_ns", "moved", "_cells"].map((name) => ({
			name: `own-macro-${name}`,
			sql: ownMacros(FALSE_ANSWER, [name]),
		})),
		{
			name: "macro-calls-itself",
			sql: [
				"CREATE OR REPLACE MACRO deep0(x) AS x",
				...Array.from({ length: 40 }, (_, i) => `CREATE OR REPLACE MACRO deep${i + 1}(x) AS deep${i}(x) + deep${i}(x)`),
				"CREATE OR REPLACE MACRO sum(x) AS deep40(x)",
			],
		},
	];
}
