// SPDX-License-Identifier: Apache-2.0
/** Asking recordings that are opened here. */
import type { DuckDBExtractedStatements, DuckDBResult, StatementType } from "@duckdb/node-api";
import { CountersinkError, failure, messageOf } from "../base/errors.js";
import { type Account, account, howItEnded } from "./account.js";
import { literal } from "./quote.js";
import { Recording } from "./recording.js";
import { type Answer, type Chunks, type Completion, isNothing, type Session } from "./session.js";

/** As the C API numbers it; a constant of its own because DuckDB is not loaded with this file. */
const NOTHING = 2;

/** Loaded with DuckDB, which a command line that opens no file need not wait for. */
type Check = (type: StatementType) => CountersinkError | null;

/** What DuckDB says, without the function of the binding that it said it to. */
const complaint = (error: unknown): string =>
	messageOf(error)
		.replace(/^Failed to [a-z ]+: /, "")
		.trim();

async function* chunksOf(result: DuckDBResult): Chunks {
	for (;;) {
		const chunk = await result.fetchChunk().catch((error) => {
			throw failure(complaint(error));
		});
		if (!chunk || chunk.rowCount === 0) return;
		yield chunk.getRows();
	}
}

function answerOf(result: DuckDBResult): Answer {
	const names = result.columnNames();
	return { columns: names.map((name, i) => ({ name, type: result.columnType(i) })), chunks: chunksOf(result) };
}

/** A recording that did not end as it should says so beside every answer, not only when asked. */
export async function ending(recording: Recording): Promise<string[]> {
	const [row] = await recording.rows(
		"SELECT ended IN ('complete', 'command', 'interrupted') AS expected FROM recording",
	);
	return row?.expected ? [] : [`note on ${recording.path}: ${howItEnded(await account(recording))}`];
}

/** Under which names several are reached, where their own do not say it. */
function naming({ catalogs }: Recording): string[] {
	return catalogs.size === 1 ? [] : [[...catalogs].map(([name, path]) => `${name} is ${path}`).join(", ")];
}

export class LocalSession implements Session {
	readonly paths: readonly string[];
	readonly notes: readonly string[];
	readonly #recording: Recording;
	readonly #check: Check;

	private constructor(recording: Recording, notes: readonly string[], check: Check) {
		this.paths = [...recording.catalogs.values()];
		this.notes = notes;
		this.#recording = recording;
		this.#check = check;
	}

	static async open(paths: readonly string[], unsafe: boolean): Promise<LocalSession> {
		const [first, ...others] = paths;
		const recording = await Recording.open(first!, { others, unsafe });
		try {
			return await LocalSession.over(recording, [...(await ending(recording)), ...naming(recording)], unsafe);
		} catch (error) {
			recording.close();
			throw error;
		}
	}

	/** Over recordings that are open; they are closed with the session. */
	static async over(recording: Recording, notes: readonly string[], unsafe = false): Promise<LocalSession> {
		const { refusal } = await import("./statement-types.js");
		return new LocalSession(recording, notes, unsafe ? () => null : refusal);
	}

	async *run(sql: string): AsyncGenerator<Answer> {
		if (isNothing(sql)) return;
		const statements = await this.#explained(() => this.#recording.connection.extractStatements(sql));
		for (let i = 0; i < statements.count; i++) {
			const result = await this.#explained(() => this.#start(statements, i));
			/* What has no answer, as SET, says nothing. */
			if (result.columnCount > 0 && result.returnType !== NOTHING) yield answerOf(result);
		}
	}

	async #start(statements: DuckDBExtractedStatements, i: number): Promise<DuckDBResult> {
		const prepared = await statements.prepare(i);
		try {
			const refused = this.#check(prepared.statementType);
			if (refused) throw refused;
			return await prepared.stream();
		} finally {
			prepared.destroySync();
		}
	}

	async #explained<T>(step: () => Promise<T>): Promise<T> {
		try {
			return await step();
		} catch (error) {
			if (error instanceof CountersinkError) throw error;
			const said = complaint(error);
			/* Asked whatever it was: a log that a statement turned on and that may not be written is an error of the next
			 * statement, and without one ends the process when the session is closed. */
			const tables = await this.tables();
			const unknownTable = /^Catalog Error: Table with name/.test(said);
			throw failure(unknownTable ? `${said}\n(the tables are: ${tables.join(", ")})` : said);
		}
	}

	async complete(text: string): Promise<Completion[]> {
		const rows = await this.#recording.rows(
			`SELECT suggestion, suggestion_start, extra_char FROM sql_auto_complete(${literal(text)})`,
		);
		return rows.map((row) => ({
			text: `${row.suggestion}${row.extra_char ?? ""}`,
			start: Number(row.suggestion_start),
		}));
	}

	async tables(): Promise<string[]> {
		const rows = await this.#recording.rows(`SELECT table_catalog = current_catalog() AS own, table_catalog, table_name
			FROM information_schema.tables WHERE NOT starts_with(table_name, '__pivot') ORDER BY own DESC, table_catalog, table_name`);
		return rows.map((row) => (row.own ? String(row.table_name) : `${row.table_catalog}.${row.table_name}`));
	}

	account(): Promise<Account> {
		return account(this.#recording);
	}

	interrupt(): void {
		this.#recording.connection.interrupt();
	}

	async close(): Promise<void> {
		this.#recording.close();
	}
}
