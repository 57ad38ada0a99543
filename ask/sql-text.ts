// SPDX-License-Identifier: Apache-2.0
/** Asks SQL that a user wrote. */
import { name as quoted, type Sql, sql } from "../storage/sql.js";
import { coverageOf, type StreamCoverage } from "./coverage.js";
import { streamsOf } from "./holdings.js";
import { type Answer, recordingsOf, type Session } from "./session.js";

export interface SqlAnswers {
	readonly answers: AsyncIterable<Answer>;
	/** What a reader of the answers must know, a sentence each. */
	readonly notes: readonly string[];
	/** Coverage of the streams that the statements name, of all streams where they name none. A stream counts as named
	 *  where its name is anywhere in the text, since it may be part of a counter's id or of the name of a view: one
	 *  stream too many does less harm than one too few. It is computed when it is asked for, after the answers were
	 *  read. */
	coverage(): Promise<readonly StreamCoverage[]>;
}

/** @param recording name of the recording; "": the first  @returns the named streams; null: all streams */
async function namedIn(session: Session, text: string, recording: string): Promise<string[]> {
	const rows = await streamsOf(session, recording === "" ? sql`` : sql`${quoted(recording)}.`);
	return rows.map(({ name }) => String(name)).filter((name) => text.includes(name.toLowerCase()));
}

async function coverageOfText(session: Session, statements: Sql): Promise<StreamCoverage[]> {
	const text = statements.toLowerCase();
	const [, ...others] = await recordingsOf(session);
	const asked = ["", ...others.filter((recording) => text.includes(recording.toLowerCase()))];
	const covered: StreamCoverage[] = [];
	for (const recording of asked) {
		const streams = await namedIn(session, text, recording);
		covered.push(...(await coverageOf(session, { recording, streams: streams.length > 0 ? streams : null })));
	}
	return covered;
}

/** Asks statements. @param statements separated by semicolons; each starts when the answer of the previous one was
 *  taken */
export const askSql = (session: Session, statements: Sql): SqlAnswers => ({
	answers: session.run(statements),
	notes: session.notes,
	coverage: () => coverageOfText(session, statements),
});
