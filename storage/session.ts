// SPDX-License-Identifier: Apache-2.0
/** Asking SQL of recordings, whether they are finished or still being written. Nothing that is asked modifies a recording. */
import type { DuckDBType } from "@duckdb/node-api";
import type { Account } from "./account.js";
import type { Row, Value } from "./recording.js";
import type { Sql } from "./sql.js";

export interface Column {
	readonly name: string;
	readonly type: DuckDBType;
}

/** Rows of values, 64-bit integers as bigint; a few thousand at a time. */
export type Chunks = AsyncIterable<readonly (readonly Value[])[]>;

/** What one statement answers. Its chunks are there until the next answer is asked for. */
export interface Answer {
	readonly columns: readonly Column[];
	readonly chunks: Chunks;
	/** How old the last commit was from which it was computed; null or absent where the recording has ended. */
	readonly age_ns?: number | null;
}

export interface Session {
	/** Of the recordings, as they were named. */
	readonly paths: readonly string[];
	/** What should be said beside the answers, a sentence each: that a recording is still being written, or was cut off. */
	readonly notes: readonly string[];
	/** Runs statements, separated by semicolons, one after the other as their answers are taken.
	 *  @throws CountersinkError with what DuckDB says and what there is to ask for */
	run(asked: Sql): AsyncIterable<Answer>;
	/** Words that may follow in an unfinished statement, best first: keywords, tables, columns, macros.
	 *  Each replaces the text from `start` on. */
	complete(text: string): Promise<readonly Completion[]>;
	/** Tables and views, as they are named in a statement. */
	tables(): Promise<readonly string[]>;
	/** What the first recording says of itself; of one that is being written as of its last commit. */
	account(): Promise<Account>;
	/** Ends the statement that runs now, if any: its answer fails. */
	interrupt(): void;
	close(): Promise<void>;
}

export interface Completion {
	readonly text: string;
	readonly start: number;
}

/** Comments, blanks and semicolons: DuckDB has no message for a text of nothing else. */
const nothing = /--.*|\/\*[\s\S]*?\*\/|[;\s]/g;

export const isNothing = (sql: string): boolean => sql.replace(nothing, "") === "";

/** All rows of the one answer to a statement, by column name. */
export async function rowsOf(session: Session, asked: Sql): Promise<Row[]> {
	const rows: Row[] = [];
	for await (const { columns, chunks } of session.run(asked))
		for await (const chunk of chunks)
			for (const row of chunk) rows.push(Object.fromEntries(columns.map(({ name }, i) => [name, row[i]!])));
	return rows;
}
