// SPDX-License-Identifier: Apache-2.0
/** Splits SQL into tokens, as far as a prompt needs it: where strings, names and comments start and end. */

export type Kind = "space" | "comment" | "string" | "name" | "word" | "number" | "symbol";

export interface Token {
	readonly kind: Kind;
	readonly text: string;
	/** Its offset in the text. */
	readonly start: number;
	/** The text ends inside it. */
	readonly open: boolean;
}

const plain: readonly [Kind, RegExp][] = [
	["space", /\s+/y],
	["comment", /--[^\n]*/y],
	["string", /[eE]'(?:[^'\\]|\\[\s\S]|'')*(?:'|$|\\$)/y],
	["string", /'(?:[^']|'')*(?:'|$)/y],
	["name", /"(?:[^"]|"")*(?:"|$)/y],
	["word", /[\p{L}_][\p{L}\p{N}_$]*/uy],
	["number", /\d[\w.]*/y],
	["symbol", /[\s\S]/y],
];

/** Block comments nest, as in PostgreSQL. */
function blockComment(text: string, start: number): number {
	const edge = /\/\*|\*\//g;
	edge.lastIndex = start;
	let depth = 0;
	for (let found = edge.exec(text); found; found = edge.exec(text)) {
		depth += found[0] === "/*" ? 1 : -1;
		if (depth === 0) return edge.lastIndex;
	}
	return -1;
}

/** The tag of $$...$$ or $tag$...$tag$. The string ends at the same tag. */
const dollarTag = /\$(?:[A-Za-z_]\w*)?\$/y;

function longToken(text: string, start: number): Token | null {
	const token = (kind: Kind, end: number): Token => {
		const open = end < 0;
		return { kind, text: text.slice(start, open ? text.length : end), start, open };
	};
	if (text.startsWith("/*", start)) return token("comment", blockComment(text, start));
	dollarTag.lastIndex = start;
	const tag = dollarTag.exec(text)?.[0];
	if (tag === undefined) return null;
	const end = text.indexOf(tag, start + tag.length);
	return token("string", end < 0 ? -1 : end + tag.length);
}

const closed: Partial<Record<Kind, RegExp>> = {
	string: /^(?:'(?:[^']|'')*'|[eE]'(?:[^'\\]|\\[\s\S]|'')*')$/,
	name: /^"(?:[^"]|"")*"$/,
};

function plainToken(text: string, start: number): Token {
	for (const [kind, pattern] of plain) {
		pattern.lastIndex = start;
		const found = pattern.exec(text)?.[0];
		if (found) return { kind, text: found, start, open: closed[kind]?.test(found) === false };
	}
	throw new RangeError("there is no token after the end of the text");
}

/** All tokens of a text, blanks and comments included; joined they give the text. A line comment at the end of the text
 *  is open, since what is typed next belongs to it. */
export function tokens(text: string): Token[] {
	const found: Token[] = [];
	for (let at = 0; at < text.length; ) {
		const token = longToken(text, at) ?? plainToken(text, at);
		at += token.text.length;
		const unended = token.kind === "comment" && token.text.startsWith("--") && at === text.length;
		found.push(unended ? { ...token, open: true } : token);
	}
	return found;
}

/** Whether it is neither blank nor comment. */
export const meaningful = (token: Token): boolean => token.kind !== "space" && token.kind !== "comment";
