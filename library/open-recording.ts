// SPDX-License-Identifier: Apache-2.0
/** Asks recordings, finished or being written. */
import { bind, checkGiven, type Given } from "../ask/bind.js";
import { type CoverageOptions, coverageOf, type StreamCoverage } from "../ask/coverage.js";
import { askQuery, type QueryAnswer } from "../ask/named-query.js";
import { openSession } from "../ask/open-session.js";
import { type Completion, rowsOf, type Session, type Answer as StreamedAnswer } from "../ask/session.js";
import { askSql } from "../ask/sql-text.js";
import { type Vocabulary, vocabularyOf } from "../ask/vocabulary.js";
import { usageError } from "../base/errors.js";
import { findPage } from "../queries/library.js";
import type { Page } from "../queries/page.js";
import type { Account } from "../storage/account.js";
import type { Row } from "../storage/recording.js";
import { type Sql, typedByUser } from "../storage/sql.js";
import { checkOptions, flag, memory, texts } from "./checked-options.js";
import { type CompareOptions, type Comparison, compareOpened, compareOptions } from "./comparison-answer.js";
import { type Parameters, parametersOf } from "./query-values.js";
import { Answer } from "./whole-answer.js";

export { type Chunks, type Column, isNothing } from "../ask/session.js";
export type { Vocabulary } from "../ask/vocabulary.js";
export type { Account, StreamedAnswer };

export interface OpenOptions {
	/** Memory for answers, as in "512MB", or bytes; default: half of the machine's. */
	readonly memory?: string | number | undefined;
	/** Let statements read and write other files and change how DuckDB works; default: false. */
	readonly unsafe?: boolean | undefined;
}

const openOptions = { memory, unsafe: flag } as const;

/** Questions are answered one after the other, in the order in which they were asked. */
export class OpenRecording {
	readonly #session: Session;
	#last: Promise<unknown> = Promise.resolve();

	private constructor(session: Session) {
		this.#session = session;
	}

	static async open(files: string | readonly string[], options: OpenOptions = {}): Promise<OpenRecording> {
		const paths = texts.check(files);
		if (paths === undefined || paths.length === 0) throw usageError("open() takes the path of a recording, or several");
		return new OpenRecording(await openSession(paths, checkOptions("open", openOptions, options)));
	}

	/** The paths, as they were named. The first is the one that is asked; the others are reached under the names
	 *  of their files. */
	get paths(): readonly string[] {
		return this.#session.paths;
	}

	/** What a reader of the answers must know, a sentence each: that a recording is still being written, or was
	 *  cut off. */
	get notes(): readonly string[] {
		return this.#session.notes;
	}

	/** Asks a named query (docs/queries.md). @param parameters by name, as on the command line: { merge: "100ms"
	 *  }; `stream` chooses among streams that hold what is asked for @throws CountersinkError where there is no
	 *  such query or parameter, or the recording cannot answer it */
	async query(name: string, parameters: Parameters = {}): Promise<Answer> {
		const page = findPage(name);
		const given = parametersOf(page, parameters);
		return this.#inTurn(async () => {
			const answer = await this.readQuery(page, given);
			return Answer.of(answer, { notes: this.notes, coverage: () => this.#inTurn(() => answer.coverage()) });
		});
	}

	/** Runs one statement. @throws CountersinkError with what DuckDB says */
	sql(statement: string): Promise<Answer> {
		return this.#inTurn(async () => {
			let only: Answer | null = null;
			const asked = askSql(this.#session, typedByUser(statement));
			for await (const answer of asked.answers) {
				if (only) throw usageError("sql() takes one statement that has an answer; run several with read()");
				only = await Answer.of(answer, { notes: this.notes, coverage: () => this.#inTurn(() => asked.coverage()) });
			}
			if (!only) throw usageError('there is no statement that has an answer; give one, as in "SELECT * FROM streams"');
			return only;
		});
	}

	/** Runs statements, separated by semicolons, and gives each answer as it is computed: nothing of it is kept.
	 *  Until all were read, nothing else can be asked. */
	read(statements: string): AsyncIterable<StreamedAnswer> {
		return this.run(typedByUser(statements));
	}

	/** The same of SQL that was put together by this package. */
	run(asked: Sql): AsyncIterable<StreamedAnswer> {
		return this.#session.run(asked);
	}

	/** All rows of the answer to one statement of this package. */
	rowsOf(asked: Sql): Promise<readonly Row[]> {
		return rowsOf(this.#session, asked);
	}

	/** Asks a named query and gives its rows as they are computed. Until all were read, nothing else can be
	 *  asked. */
	async readQuery(page: Page, given: Given): Promise<QueryAnswer> {
		checkGiven(page, given);
		return askQuery(this.#session, page, given);
	}

	/** The statement that readQuery() would run. */
	async statementOf(page: Page, given: Given): Promise<Sql> {
		return (await bind(page, this.#session, given)).statement;
	}

	/** How the rate of each counter differs between the first recording and another. */
	async compare(other: string, options: CompareOptions = {}): Promise<Comparison> {
		const checked = checkOptions("compare", compareOptions, options);
		if (this.paths.length === 2 && this.paths[1] === other)
			return this.#inTurn(() => compareOpened(this.#session, checked));
		const both = await openSession([this.paths[0]!, other]);
		try {
			const result = await compareOpened(both, checked);
			const coverage = await result.coverage();
			return { ...result, coverage: async () => coverage };
		} finally {
			await both.close();
		}
	}

	/** How much of what was scheduled was seen, stream by stream. */
	coverage(options: CoverageOptions = {}): Promise<readonly StreamCoverage[]> {
		return this.#inTurn(() => coverageOf(this.#session, options));
	}

	/** The names in the recordings: tables, columns, streams, counters, macros. */
	vocabulary(): Promise<Vocabulary> {
		return vocabularyOf(this.#session);
	}

	/** Words that may come next in an unfinished statement, best first. Each replaces the text from `start` on. */
	complete(text: string): Promise<readonly Completion[]> {
		return this.#session.complete(text);
	}

	/** Interrupts the statement that runs now, if any: its answer fails. */
	interrupt(): void {
		this.#session.interrupt();
	}

	/** Answers that were not read to their end fail. */
	close(): Promise<void> {
		return this.#session.close();
	}

	#inTurn<T>(ask: () => Promise<T>): Promise<T> {
		const turn = this.#last.then(ask);
		this.#last = turn.catch(() => {});
		return turn;
	}
}

/** Opens a recording, or several. One that is being written is answered by its recorder, from its last commit. */
export const open = (files: string | readonly string[], options: OpenOptions = {}): Promise<OpenRecording> =>
	OpenRecording.open(files, options);

/** What was asked of a recording, what it holds and what it missed, as `countersink info --json` says it; of one
 *  that is being written as of its last commit. */
export async function accountOf(file: string): Promise<Account> {
	const session = await openSession([file], { onlyAccount: true });
	try {
		return await session.account();
	} finally {
		await session.close();
	}
}
