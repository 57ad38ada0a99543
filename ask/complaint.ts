// SPDX-License-Identifier: Apache-2.0
/** Turns an error of DuckDB about a statement into words that make sense to the user who wrote it. */
import { messageOf } from "../base/errors.js";
import { literally } from "../base/text.js";
import { isOutOfMemory } from "../storage/recording.js";

export type Complaint = (error: unknown) => string;

/** What DuckDB says when a statement writes to a view. Users need not know that the tables they see are views. */
const writes =
	/is not an table$|Can only (delete from|update|merge into) base tables?!?$|Can only modify view with ALTER VIEW|is of type View, trying to drop|can only create an index on a base table|transaction is launched in read-only mode/m;

const readOnly =
	"recordings are read-only, and so is everything that a statement reads (read-only mode); make a TEMP table or view";

const tooMuch = (said: string): string =>
	`${said.split("\n")[0]!.trim()}; allow more with --memory, as in --memory 4GB, make room in the folder of temporary files (TMPDIR), or ask for less`;

/** @param databases the databases that hold the recordings. No user types their names, so the messages leave them
 *  out. */
export function complaintOf(databases: readonly string[]): Complaint {
	const inside = new RegExp(`"?(${databases.map(literally).join("|")})"?\\.("?main"?\\.)?`, "g");
	const hint = (_: string, names: string): string => {
		const known = names.split(" or ").filter((name) => !databases.some((database) => name.startsWith(`${database}.`)));
		return known.length === 0 ? "" : `\nDid you mean "${known.join(" or ")}"?`;
	};
	return (error) => {
		/* Leaves out which function of the binding failed. */
		const said = messageOf(error)
			.replace(/^Failed to [a-z ]+: /, "")
			.replace(/\nDid you mean "([^"]*)"\?/g, hint)
			.replace(inside, "")
			.trim();
		if (isOutOfMemory(said)) return tooMuch(said);
		return writes.test(said) ? readOnly : said;
	};
}
