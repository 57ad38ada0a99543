// SPDX-License-Identifier: Apache-2.0
/**
 * Text that may be shown. A name from a file can hold what a terminal obeys (ESC, BEL, U+009B), what turns its order around (U+202E) and
 * what nobody sees (zero width, tags): all of that is written as what it is, and no other text is touched.
 *
 *   control characters C0, DEL, C1        \x1b  \x9b  \n
 *   Unicode's format characters           \u{202e}  \u{200b}  \u{e0041}
 *   separators of lines and paragraphs    \u{2028}
 *   halves of surrogate pairs             \u{d800}
 */
const unsafe = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\u2065\u{e0000}-\u{e0fff}]/gu;
const unsafeButNewline = /(?!\n)[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\u2065\u{e0000}-\u{e0fff}]/gu;
const letters: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

function shown(character: string): string {
	const code = character.codePointAt(0)!;
	const digits = code.toString(16).padStart(2, "0");
	return letters[character] ?? (code < 0x100 ? `\\x${digits}` : `\\u{${digits}}`);
}

/** A name, a cell, a line: one line whatever is in it. */
export const clean = (text: string): string => text.replace(unsafe, shown);

/** Several lines: the same, but that line breaks are kept. Whoever puts names into lines cleans them before. */
export const cleanLines = (text: string): string => text.replace(unsafeButNewline, shown);

const jsonEscaped = (character: string): string =>
	[...Array(character.length).keys()]
		.map((i) => `\\u${character.charCodeAt(i).toString(16).padStart(4, "0")}`)
		.join("");

/** Outside of texts JSON has only blanks, tabs and line breaks of its own; inside, JSON.stringify has escaped the lowest 32. */
const unsafeInJson = /[\x7f-\x9f\p{Cf}\p{Zl}\p{Zp}\u2065\u{e0000}-\u{e0fff}]/gu;

/** JSON in which those characters are \uXXXX, so that it may be shown too; whoever parses it has the text as it was. */
export const toJson = (value: unknown, space?: string): string =>
	JSON.stringify(value, null, space).replace(unsafeInJson, jsonEscaped);
