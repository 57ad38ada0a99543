// SPDX-License-Identifier: Apache-2.0
/** Where in a statement the cursor is, which tells what can be written there. */
import { meaningful, type Token, tokens } from "./lex.js";

export interface Context {
	/** The part of a word before the cursor; within a string, the string so far. */
	readonly word: string;
	/** The cursor is within a string that is not closed before it. */
	readonly quoted: boolean;
	/** "n" in n.eth0_|; null without a dot. */
	readonly qualifier: string | null;
	/** The cursor is where a table is named: after FROM or JOIN. */
	readonly table: boolean;
	/** The call that has the cursor in an argument; null outside of any call. */
	readonly call: Call | null;
	/** Words and names of the whole statement in order, in lower case; its tables are among them. */
	readonly words: readonly string[];
	/** Table by alias, both in lower case, as in FROM net AS n. */
	readonly aliases: ReadonlyMap<string, string>;
}

export interface Call {
	readonly name: string;
	/** The arguments before the one with the cursor; null for one that is not a plain string. */
	readonly before: readonly (string | null)[];
}

const unquote = (token: Token): string | null =>
	token.kind === "string" && token.text.startsWith("'") ? token.text.slice(1, -1).replaceAll("''", "'") : null;

const nameOf = (token: Token): string | null =>
	token.kind === "word"
		? token.text.toLowerCase()
		: token.kind === "name"
			? token.text.slice(1, token.open ? undefined : -1).toLowerCase()
			: null;

/** The innermost call that is open after these tokens. */
function openCall(before: readonly Token[]): Call | null {
	const calls: { name: string | null; args: Token[][] }[] = [];
	const add = (token: Token): unknown => calls.at(-1)?.args.at(-1)?.push(token);
	before.forEach((token, i) => {
		const symbol = token.kind === "symbol" ? token.text : "";
		if (symbol === "(") {
			add(token);
			calls.push({ name: i > 0 ? nameOf(before[i - 1]!) : null, args: [[]] });
		} else if (symbol === ")") calls.pop();
		else if (symbol === "," && calls.length > 0) calls.at(-1)!.args.push([]);
		else add(token);
	});
	const call = calls.at(-1);
	if (!call?.name) return null;
	const complete = call.args.slice(0, -1);
	return { name: call.name, before: complete.map((arg) => (arg.length === 1 ? unquote(arg[0]!) : null)) };
}

const notAliases = new Set(
	"where join on using group order limit select inner left right full cross asof natural union having window qualify as".split(
		" ",
	),
);

function aliasesOf(all: readonly Token[]): Map<string, string> {
	const aliases = new Map<string, string>();
	all.forEach((token, i) => {
		if (!/^(from|join)$/i.test(token.text)) return;
		const table = all[i + 1] && nameOf(all[i + 1]!);
		const next = all[i + 2];
		const alias = next && (/^as$/i.test(next.text) ? all[i + 3] : next);
		const name = alias && nameOf(alias);
		if (table && name && !notAliases.has(name)) aliases.set(name, table);
	});
	return aliases;
}

/** @param text a statement; tables after the cursor count too, as in SELECT | FROM net
 *  @param cursor 0 to text.length */
export function contextOf(text: string, cursor: number = text.length): Context {
	const before = tokens(text.slice(0, cursor));
	const last = before.at(-1);
	const all = tokens(text).filter(meaningful);
	const words = all.flatMap((token) => nameOf(token) ?? []);
	const about = { words, aliases: aliasesOf(all) };
	if (last?.open && last.kind === "string" && last.text.startsWith("'")) {
		const word = last.text.slice(1).replaceAll("''", "'");
		return {
			...about,
			word,
			quoted: true,
			qualifier: null,
			table: false,
			call: openCall(before.slice(0, -1).filter(meaningful)),
		};
	}
	const typed = last?.kind === "word" ? last : null;
	const rest = before.slice(0, typed ? -1 : undefined);
	const dot = rest.at(-1)?.text === "." ? rest.at(-2) : undefined;
	return {
		...about,
		word: typed?.text ?? "",
		quoted: false,
		qualifier: dot ? nameOf(dot) : null,
		table: /^(from|join)$/i.test(rest.findLast(meaningful)?.text ?? ""),
		call: openCall(rest.filter(meaningful)),
	};
}

/** Whether the cursor is inside a comment, a quoted name or a string that is not a plain one. */
export function nothingToComplete(text: string): boolean {
	const last = tokens(text).at(-1);
	return last?.open === true && !(last.kind === "string" && last.text.startsWith("'"));
}
