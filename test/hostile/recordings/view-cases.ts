// SPDX-License-Identifier: Apache-2.0
/** Views where our tables should be: what they read, and how much they do before they answer. */
import type { Bait } from "../bait.js";
import { FALSE_ANSWER } from "../bait.js";
import { type HostileRecording, secretIn, tables, text } from "./hostile-recording.js";

const list = (values: readonly string[]): string => `[${values.map(text).join(", ")}]`;

const behindView = (table: string, select: string): string[] => [
	`ALTER TABLE ${table} RENAME TO hidden_${table}`,
	`CREATE VIEW ${table} AS ${select}`,
];

/** Whoever asks which tables there are is told that the views are tables. The file is named case.duckdb, so is its catalog. */
const lie = `CREATE MACRO duckdb_tables() AS TABLE SELECT 'case' AS database_name, 'main' AS schema_name, false AS internal,
	unnest(${list([...Object.keys(tables)])}) AS table_name`;

/** Each alone, and with a macro that lies about it. */
export const views = (bait: Bait): HostileRecording[] =>
	plainViews(bait).flatMap((view) => [view, { name: `${view.name}-with-a-lie`, sql: [...(view.sql ?? []), lie] }]);

function plainViews(bait: Bait): HostileRecording[] {
	const reads = Object.entries(tables).map(([table, column]) => ({
		name: `view-${table}-reads-a-file`,
		sql: behindView(table, `SELECT * REPLACE (${secretIn(bait)} AS ${column}) FROM hidden_${table}`),
	}));
	const pipe = text(`${bait.folder}/pipe`);
	const over = (name: string, table: string, select: string) => ({ name, sql: behindView(table, select) });
	return [
		...reads,
		over(
			"view-lists-a-folder",
			"recording",
			`SELECT * REPLACE ((SELECT string_agg(file) FROM glob(${text(`${bait.folder}/*`)})) AS host) FROM hidden_recording`,
		),
		over("view-answers-falsely", "streams", `SELECT * REPLACE (${text(FALSE_ANSWER)} AS source) FROM hidden_streams`),
		over("view-fails", "recording", "SELECT * REPLACE (error('x') AS host) FROM hidden_recording"),
		over(
			"view-sorts-five-billion-rows",
			"recording",
			"SELECT * REPLACE ((SELECT max(h) FROM (SELECT hash(range)::VARCHAR || range AS h FROM range(5000000000) ORDER BY 1 LIMIT 100000000)) AS host) FROM hidden_recording",
		),
		over(
			"view-joins-without-end",
			"streams",
			"SELECT s.* FROM hidden_streams s, range(10000000000) a, range(10000000000) b",
		),
		over(
			"view-recurses",
			"gaps",
			"WITH RECURSIVE t AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM t) SELECT g.* FROM hidden_gaps g, t",
		),
		over("view-of-itself", "marks", "SELECT * FROM hidden_marks UNION ALL SELECT * FROM loop_a"),
		over(
			"view-makes-a-gigabyte",
			"recording",
			"SELECT * REPLACE (repeat('x', 1000000000) AS detail) FROM hidden_recording",
		),
		over(
			"view-reads-settings",
			"recording",
			"SELECT * REPLACE ((SELECT string_agg(name || value) FROM duckdb_settings()) AS host) FROM hidden_recording",
		),
		over(
			"view-reads-the-environment",
			"recording",
			`SELECT * REPLACE (current_setting('home_directory') AS host) FROM hidden_recording`,
		),
		{
			name: "long-view-reads-a-file",
			sql: [
				`CREATE OR REPLACE VIEW net_long AS SELECT ts, tick, read_ns, ${secretIn(bait)} AS id, 1 AS value FROM net`,
			],
		},
		{
			name: "view-named-as-a-function",
			sql: [
				`CREATE VIEW duckdb_tables AS SELECT ${secretIn(bait)} AS table_name`,
				`CREATE VIEW duckdb_columns AS SELECT ${text(FALSE_ANSWER)} AS table_name`,
			],
		},
		/* A view over a pipe is bound when it is made, so a file stands there meanwhile. */
		{
			name: "view-reads-a-pipe",
			sql: behindView(
				"recording",
				`SELECT h.* REPLACE (c.column0 AS host) FROM hidden_recording h, read_csv(${pipe}, columns = {'column0': 'VARCHAR'}, header = false, auto_detect = false) c`,
			),
		},
	];
}
