// SPDX-License-Identifier: Apache-2.0
/** Asks a named query of the first recording of a session. */
import type { Page } from "../queries/page.js";
import { bind, type Given } from "./bind.js";
import { coverageOf, type StreamCoverage } from "./coverage.js";
import type { Answer, Chunks, Session } from "./session.js";

/** The answer to a named query, with what a reader must know to trust it. */
export interface QueryAnswer extends Answer {
	readonly page: Page;
	/** What a reader of the answer must know, a sentence each. */
	readonly notes: readonly string[];
	/** Coverage of each stream that the query read, computed when it is asked for: after the chunks were read, or
	 *  instead of them. */
	coverage(): Promise<readonly StreamCoverage[]>;
}

/** Yields the chunks of the one statement of a page. When they were read, or the reader stops, the session can be
 *  asked again. */
async function* untilEnd(chunks: Chunks, answers: AsyncIterator<Answer>): Chunks {
	let complete = false;
	try {
		yield* chunks;
		complete = (await answers.next()).done === true;
	} finally {
		if (!complete) await answers.return?.();
	}
}

/** @param given the values of parameters; readWords() in query-words.ts reads values as a user writes them
 *  @throws CountersinkError where a value is wrong or the recording does not hold what the query needs */
export async function askQuery(session: Session, page: Page, given: Given): Promise<QueryAnswer> {
	const { statement, streams } = await bind(page, session, given);
	const answers = session.run(statement)[Symbol.asyncIterator]();
	const answer: Answer = (await answers.next()).value;
	return {
		...answer,
		chunks: untilEnd(answer.chunks, answers),
		page,
		notes: session.notes,
		coverage: () => coverageOf(session, { streams }),
	};
}
