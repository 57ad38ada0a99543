// SPDX-License-Identifier: Apache-2.0
/** How two recordings differ, with how much of them was seen. */
import { type Contrast, contrast } from "../ask/contrast.js";
import { rowsOf, type Session } from "../ask/session.js";
import { usageError } from "../base/errors.js";
import { globToRegExp, nearest } from "../base/text.js";
import { formatDuration, type Nanoseconds } from "../base/units.js";
import { sql } from "../storage/sql.js";
import { type Time, text, time } from "./checked-options.js";

export type { Difference } from "../queries/difference.js";

export interface CompareOptions {
	/** Only counters whose id matches, as in "net:*"; default: all. */
	readonly counters?: string | undefined;
	/** Length of the windows whose rates are compared; default: 200 in the shorter recording. */
	readonly window?: Time | undefined;
}

/** In the order in which they are checked. */
export const compareOptions = { counters: text, window: time } as const;

export interface Checked {
	readonly counters?: string;
	readonly window?: Nanoseconds;
}

export interface Comparison extends Contrast {
	/** What a reader must know, a sentence each. */
	readonly notes: readonly string[];
}

/** @param session of two recordings
 *  @throws CountersinkError where there is nothing to compare */
export async function compareOpened(session: Session, { counters = "*", window }: Checked): Promise<Comparison> {
	const pattern = globToRegExp(counters);
	const found = await contrast(session, (id) => pattern.test(id), window ?? null);
	if (found.differences.length === 0) throw await nothingCompared(session, found.onlyA, counters, window);
	return { ...found, notes: session.notes };
}

/** The error where no counter was compared, with what the recordings hold instead. */
async function nothingCompared(
	session: Session,
	onlyA: readonly string[],
	pattern: string,
	window: Nanoseconds | undefined,
): Promise<Error> {
	const ids = (await rowsOf(session, sql`SELECT DISTINCT id FROM counters ORDER BY id`)).map(({ id }) => String(id));
	if (ids.some((id) => globToRegExp(pattern).test(id) && !onlyA.includes(id)))
		return usageError(
			`the recordings have no window${window ? ` of ${formatDuration(window)}` : ""} that can be compared; ${window ? "give a shorter --window" : "record for longer"}`,
		);
	const near = nearest(pattern, ids);
	return usageError(
		near
			? `no counter of both recordings matches '${pattern}'; did you mean '${near}'?`
			: `no counter of both recordings matches '${pattern}'; the first has ${ids.slice(0, 3).join(", ")} ...`,
	);
}
