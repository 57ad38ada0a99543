// SPDX-License-Identifier: Apache-2.0
/**
 * Makes text safe to show. A name from a file can hold characters that a terminal obeys (ESC, BEL, U+009B), that
 * reverse its direction (U+202E), or that nobody sees (zero width, tags). All of these are written as escapes; other
 * text is not changed.
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

/** Cleans a name, a cell or a line. The result is one line, whatever the text holds. */
export const clean = (text: string): string => text.replace(unsafe, shown);

/** Cleans several lines and keeps the line breaks. Names must be cleaned before they are put into the lines. */
export const cleanLines = (text: string): string => text.replace(unsafeButNewline, shown);

const jsonEscaped = (character: string): string =>
	[...Array(character.length).keys()]
		.map((i) => `\\u${character.charCodeAt(i).toString(16).padStart(4, "0")}`)
		.join("");

/** Characters to escape in JSON. JSON.stringify has already escaped the lowest 32 within texts; outside of texts, JSON
 *  has only its own blanks, tabs and line breaks. */
const unsafeInJson = /[\x7f-\x9f\p{Cf}\p{Zl}\p{Zp}\u2065\u{e0000}-\u{e0fff}]/gu;

/** JSON in which those characters are written as \uXXXX, so that it may be shown too. Parsing it gives the original
 *  text. */
export const toJson = (value: unknown, space?: string): string =>
	JSON.stringify(value, null, space).replace(unsafeInJson, jsonEscaped);
