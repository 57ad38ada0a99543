// SPDX-License-Identifier: Apache-2.0
/** A session asks recordings SQL, finished ones or ones that are being written. No statement modifies a recording. */
import type { DuckDBType } from "@duckdb/node-api";
import type { Account } from "../storage/account.js";
import type { Row, Value } from "../storage/recording.js";
import { type Sql, sql } from "../storage/sql.js";

export interface Column {
	readonly name: string;
	readonly type: DuckDBType;
}

/** The rows, a few thousand at a time. 64-bit integers are bigint. */
export type Chunks = AsyncIterable<readonly (readonly Value[])[]>;

/** The answer to one statement. Its chunks can be read until the next answer is asked for. */
export interface Answer {
	readonly columns: readonly Column[];
	readonly chunks: Chunks;
	/** Age of the commit that the answer was computed from; null or absent where the recording has ended. */
	readonly age_ns?: number | null;
}

export interface Session {
	/** The paths of the recordings, as the user named them. */
	readonly paths: readonly string[];
	/** What a reader of the answers must know, one sentence each: that a recording is still being written, or was cut
	 *  off. */
	readonly notes: readonly string[];
	/** Runs statements, separated by semicolons. Each starts when the answer of the previous one was taken.
	 *  @throws CountersinkError with what DuckDB says; for an unknown table also with the tables that exist */
	run(asked: Sql): AsyncIterable<Answer>;
	/** Words that may come next in an unfinished statement, best first: keywords, tables, columns, macros.
	 *  Each replaces the text from `start` on. */
	complete(text: string): Promise<readonly Completion[]>;
	/** The tables and views, as a statement names them. */
	tables(): Promise<readonly string[]>;
	/** The account of the first recording; for a recording that is being written, as of its last commit. */
	account(): Promise<Account>;
	/** Interrupts the statement that runs now, if there is one: its answer fails. */
	interrupt(): void;
	close(): Promise<void>;
}

export interface Completion {
	readonly text: string;
	readonly start: number;
}

/** Matches comments, blanks and semicolons. DuckDB has no message for a text that contains nothing else. */
const nothing = /--.*|\/\*[\s\S]*?\*\/|[;\s]/g;

export const isNothing = (text: string): boolean => text.replace(nothing, "") === "";

/** Reads all rows of the answer to one statement, by column name. */
export async function rowsOf(session: Session, asked: Sql): Promise<Row[]> {
	const rows: Row[] = [];
	for await (const { columns, chunks } of session.run(asked))
		for await (const chunk of chunks)
			for (const row of chunk) rows.push(Object.fromEntries(columns.map(({ name }, i) => [name, row[i]!])));
	return rows;
}

/** The names of the recordings in statements, in the order in which the user named the recordings; empty for a session
 *  with one recording. */
export async function recordingsOf(session: Session): Promise<string[]> {
	if (session.paths.length < 2) return [];
	const rows = await rowsOf(
		session,
		sql`SELECT schema_name FROM duckdb_schemas() WHERE database_name = 'memory' AND NOT internal ORDER BY oid`,
	);
	return rows.map((row) => String(row.schema_name));
}
