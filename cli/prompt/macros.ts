// SPDX-License-Identifier: Apache-2.0
/** What the comments of queries/prelude.sql say of its macros. */
import { prelude } from "../../queries/prelude.js";

/** The comment lines that end right before the macro; "" where there is none. */
const definition = /((?:^--.*\n)*)^CREATE MACRO (\w+)\(/gm;

const firstSentence = (comment: string): string =>
	comment
		.split("\n")
		.map((line) => line.replace(/^-- ?/, ""))
		.join(" ")
		.replace(/\s+/g, " ")
		.replace(/\. .*/, ".")
		.trim();

/** Name of a macro to the first sentence about it. */
export function macroHelp(sql: string = prelude()): Map<string, string> {
	return new Map([...sql.matchAll(definition)].map(([, comment, name]) => [name!, firstSentence(comment!)]));
}
