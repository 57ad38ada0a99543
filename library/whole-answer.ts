// SPDX-License-Identifier: Apache-2.0
/** An answer whose rows are all here. */
import type { Table } from "apache-arrow";
import type { StreamCoverage } from "../ask/coverage.js";
import type { Column, Answer as Streamed } from "../ask/session.js";
import type { Row, Value } from "../storage/recording.js";

/** What is said beside the rows. */
export interface About {
	/** What a reader must know, a sentence each: that the recording is still being written, or was cut off. */
	readonly notes: readonly string[];
	/** How much of the streams that the answer was computed from was seen. */
	coverage(): Promise<readonly StreamCoverage[]>;
}

export class Answer {
	readonly notes: readonly string[];
	/** Name and type (as DuckDB writes it) of each column. */
	readonly columns: readonly { readonly name: string; readonly type: string }[];
	/** Age of the commit that the answer was computed from; null where the recording has ended. */
	readonly age_ns: number | null;
	/** Rows of values, in the order of the columns. 64-bit integers are bigint. */
	readonly values: readonly (readonly Value[])[];
	readonly #columns: readonly Column[];
	readonly #about: About;
	#rows: readonly Row[] | null = null;

	private constructor({ columns, age_ns = null }: Streamed, values: readonly (readonly Value[])[], about: About) {
		this.notes = about.notes;
		this.columns = columns.map(({ name, type }) => ({ name, type: String(type) }));
		this.age_ns = age_ns;
		this.values = values;
		this.#columns = columns;
		this.#about = about;
	}

	static async of(answer: Streamed, about: About): Promise<Answer> {
		const values: (readonly Value[])[] = [];
		for await (const chunk of answer.chunks) for (const row of chunk) values.push(row);
		return new Answer(answer, values, about);
	}

	/** The rows by column name. */
	get rows(): readonly Row[] {
		this.#rows ??= this.values.map((row) => Object.fromEntries(this.columns.map(({ name }, i) => [name, row[i]!])));
		return this.#rows;
	}

	/** The rows as Arrow, every value exact. @throws CountersinkError for a column of a type that Arrow does not
	 *  have */
	async toArrow(): Promise<Table> {
		const { tableOf } = await import("../encode/arrow-answer.js");
		return tableOf(this.#columns, this.values);
	}

	/** How much of what was scheduled was seen, for each stream that the answer was computed from. Asks the
	 *  recording, so before close(). */
	coverage(): Promise<readonly StreamCoverage[]> {
		return this.#about.coverage();
	}
}
