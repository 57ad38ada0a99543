// SPDX-License-Identifier: Apache-2.0
/** Asks recordings that are opened in this process. */
import type { DuckDBExtractedStatements, DuckDBResult } from "@duckdb/node-api";
import { CountersinkError, failure } from "../base/errors.js";
import { type Account, account, howItEnded } from "../storage/account.js";
import { askingLimits, type Limits, lookingLimits } from "../storage/limits.js";
import { Recording } from "../storage/recording.js";
import { type Sql, sql, text } from "../storage/sql.js";
import { databaseOf, namesSql } from "../storage/views.js";
import { type Complaint, complaintOf } from "./complaint.js";
import { type Answer, type Chunks, type Completion, isNothing, type Session } from "./session.js";

/** The result type "nothing" of the C API. It is a constant here, since DuckDB is not loaded with this file. */
const NOTHING = 2;

/** Loads the module when a session opens, since it loads DuckDB: a command that opens no file should not wait for
 *  that. */
type StatementTypes = typeof import("./statement-types.js");

async function* chunksOf(result: DuckDBResult, complaint: Complaint): Chunks {
	for (;;) {
		const chunk = await result.fetchChunk().catch((error) => {
			throw failure(complaint(error));
		});
		if (!chunk || chunk.rowCount === 0) return;
		yield chunk.getRows();
	}
}

function answerOf(result: DuckDBResult, complaint: Complaint): Answer {
	const names = result.columnNames();
	return {
		columns: names.map((name, i) => ({ name, type: result.columnType(i) })),
		chunks: chunksOf(result, complaint),
	};
}

/** A note about a recording that did not end as it should. It comes with every answer, not only with that of
 *  `info`. */
export async function ending(recording: Recording): Promise<string[]> {
	const [row] = await recording.rows(
		sql`SELECT ended IN ('complete', 'command', 'interrupted') AS expected FROM ${recording.table("recording")}`,
	);
	return row?.expected ? [] : [`note on ${recording.path}: ${howItEnded(await account(recording))}`];
}

/** A note that lists the names of several recordings in statements. */
function naming({ catalogs }: Recording): string[] {
	return catalogs.size === 1 ? [] : [[...catalogs].map(([name, path]) => `${name} is ${path}`).join(", ")];
}

export interface Rights {
	/** Whether statements may read and write other files and change settings of DuckDB; the recordings stay
	 *  read-only. */
	readonly unsafe?: boolean;
	/** Bytes of memory that statements may use; default: half of the machine's. */
	readonly memory?: number;
	/** Whether the caller will call only account(). */
	readonly onlyAccount?: boolean;
}

const limitsOf = ({ memory, onlyAccount = false }: Rights): Limits =>
	onlyAccount ? lookingLimits() : askingLimits(memory);

export class LocalSession implements Session {
	readonly paths: readonly string[];
	readonly notes: readonly string[];
	readonly #recording: Recording;
	readonly #types: StatementTypes;
	readonly #unsafe: boolean;
	readonly #complaint: Complaint;

	private constructor(recording: Recording, notes: readonly string[], types: StatementTypes, unsafe: boolean) {
		this.paths = [...recording.catalogs.values()];
		this.notes = notes;
		this.#recording = recording;
		this.#types = types;
		this.#unsafe = unsafe;
		this.#complaint = complaintOf([...recording.catalogs.keys()].map(databaseOf));
	}

	static async open(paths: readonly string[], rights: Rights): Promise<LocalSession> {
		const [first, ...others] = paths;
		const { unsafe = false, onlyAccount = false } = rights;
		const recording = await Recording.open(first!, {
			others,
			unsafe,
			limits: limitsOf(rights),
			onlyTables: onlyAccount,
		});
		try {
			return await LocalSession.over(recording, [...(await ending(recording)), ...naming(recording)], unsafe);
		} catch (error) {
			recording.close();
			throw error;
		}
	}

	/** A session over recordings that are open already; closing it closes them. */
	static async over(recording: Recording, notes: readonly string[], unsafe = false): Promise<LocalSession> {
		return new LocalSession(recording, notes, await import("./statement-types.js"), unsafe);
	}

	async *run(asked: Sql): AsyncGenerator<Answer> {
		if (isNothing(asked)) return;
		await this.#recording.expect(asked);
		const statements = await this.#explained(() => this.#recording.connection.extractStatements(asked));
		for (let i = 0; i < statements.count; i++) {
			const result = await this.#explained(() => this.#start(statements, i, asked));
			/* A statement without a result, such as SET, gives no answer. */
			if (result.columnCount > 0 && result.returnType !== NOTHING) yield answerOf(result, this.#complaint);
		}
	}

	async #start(statements: DuckDBExtractedStatements, i: number, words: Sql): Promise<DuckDBResult> {
		const { refusal, refusalUnsafe, onlyAnswers } = this.#types;
		const prepared = await statements.prepare(i);
		try {
			const type = prepared.statementType;
			const refused = this.#unsafe ? refusalUnsafe(type, words, this.paths) : refusal(type, words);
			if (refused) throw refused;
			return this.#unsafe || onlyAnswers(type)
				? await prepared.stream()
				: await this.#onlyTemporary(() => prepared.run());
		} finally {
			prepared.destroySync();
		}
	}

	/** Runs a step that can write only temporary tables. The views are in a database in memory, and what a statement
	 *  wrote there would be lost silently. */
	async #onlyTemporary(step: () => Promise<DuckDBResult>): Promise<DuckDBResult> {
		const { connection } = this.#recording;
		await connection.run(sql`BEGIN TRANSACTION READ ONLY`);
		try {
			const result = await step();
			await connection.run(sql`COMMIT`);
			return result;
		} catch (error) {
			await connection.run(sql`ROLLBACK`);
			throw error;
		}
	}

	async #explained<T>(step: () => Promise<T>): Promise<T> {
		try {
			return await step();
		} catch (error) {
			if (error instanceof CountersinkError) throw error;
			const said = this.#complaint(error);
			/* The tables are asked for after every error: where a statement turned on a log that cannot be written, the next
			 *  statement fails with it, and without a next statement the process would abort when the session is closed. */
			const tables = await this.tables();
			const unknownTable = /^Catalog Error: Table with name/.test(said);
			throw failure(unknownTable ? `${said}\n(the tables are: ${tables.join(", ")})` : said);
		}
	}

	async complete(words: string): Promise<Completion[]> {
		const rows = await this.#recording.rows(
			sql`SELECT suggestion, suggestion_start, extra_char FROM sql_auto_complete(${text(words)})
				WHERE NOT starts_with(suggestion, ${text(`"${databaseOf("")}`)})`,
		);
		return rows.map((row) => ({
			text: `${row.suggestion}${row.extra_char ?? ""}`,
			start: Number(row.suggestion_start),
		}));
	}

	async tables(): Promise<string[]> {
		const rows = await this.#recording.rows(namesSql);
		return rows.map(({ prefix, name }) => (prefix === "" ? String(name) : `${prefix}.${name}`));
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
