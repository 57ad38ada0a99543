// SPDX-License-Identifier: Apache-2.0
/** Splits a text into statements. */
import { meaningful, tokens } from "./lex.js";

export interface Statements {
	/** Each with its semicolon; statements of blanks and comments only are left out. */
	readonly complete: readonly string[];
	/** What follows the last semicolon; "" for blanks and comments only. */
	readonly rest: string;
}

/** Splits at semicolons that are neither in a string, nor in a name, nor in a comment. */
export function statements(text: string): Statements {
	const complete: string[] = [];
	let begin = 0;
	let says = false;
	let last = begin;
	for (const token of tokens(text)) {
		last = token.start + token.text.length;
		if (token.kind === "symbol" && token.text === ";") {
			if (says) complete.push(text.slice(begin, last).trim());
			[begin, says] = [last, false];
		} else if (meaningful(token) || (token.open && token.kind === "comment" && token.text.startsWith("/*")))
			says = true;
	}
	return { complete, rest: says ? text.slice(begin) : "" };
}
