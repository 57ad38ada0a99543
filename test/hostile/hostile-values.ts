// SPDX-License-Identifier: Apache-2.0
/** Texts and numbers that a file may carry to harm its reader. */
import type { Bait } from "./bait.js";

export const ESCAPES = "\x1b]0;owned\x07\x1b[2J\u009b31m\u202egnp\r";

/** Statements that write where no verb writes, as a text may be put into SQL: bare, in quotes, as a name, in a list. */
export function injections({ folder }: Bait): string[] {
	const harm = `COPY (SELECT 'written by a file') TO '${folder}/written.csv'`;
	return [
		`0; ${harm}; --`,
		`0); ${harm}; --`,
		`x'; ${harm}; --`,
		`x'); ${harm}; --`,
		`x"; ${harm}; --`,
		`x"); ${harm}; --`,
		`(SELECT content FROM read_text('${folder}/secret.txt'))`,
		`x' || (SELECT content FROM read_text('${folder}/secret.txt')) || '`,
		`x" || (SELECT content FROM read_text('${folder}/secret.txt')) || "`,
		`${folder}/secret.txt`,
		`read_text('${folder}/secret.txt')`,
	];
}

/** Names that are paths, commands, escapes, formulas, or no names at all. */
export function hostileNames(bait: Bait): string[] {
	const { folder } = bait;
	return [
		...injections(bait),
		"../../written",
		`${folder}/written`,
		`../../../../../../../../../..${folder}/written`,
		"..",
		".",
		"/",
		"a/b/c",
		"a\0b",
		"",
		" ",
		"\n\n",
		"a\nb\r\nc",
		ESCAPES,
		"=cmd|' /C calc'!A0",
		"+1+1",
		'"a","b"',
		"-rf",
		"--unsafe",
		"~/written",
		"$(touch written)",
		"`touch written`",
		"%s%s%s%n",
		"CON",
		"x".repeat(300),
		"y".repeat(70_000),
		"'",
		'"',
		";",
		"--",
		"/*",
		"\\",
		"𝕊𝓉𝓇𝑒𝒶𝓂",
		"e\u0301".repeat(200),
		"\ufeffnet",
		"*",
		"[a-z]*{x,y}",
		"recording",
		"streams",
		"information_schema.tables",
		"main.net",
		"__proto__",
		"constructor",
		"ts",
		"tick",
	];
}

/** What stands where a number is expected. */
export const hostileNumbers: readonly string[] = [
	"0",
	"-1",
	"1",
	"NaN",
	"Infinity",
	"-0",
	"1e400",
	"1e-400",
	"0.5",
	"18446744073709551615",
	"18446744073709551616",
	"9223372036854775807",
	"-9223372036854775808",
	"9007199254740993",
	"1".repeat(400),
	"0x10",
	"1_000",
	" 1 ",
	"1;",
	"null",
	"true",
	"",
	"[1]",
	"{}",
];

/** JSON that is deep, long, or no JSON. */
export const hostileJson: readonly string[] = [
	"null",
	"[]",
	"{}",
	"0",
	'"x"',
	"{",
	"[[[[",
	"[".repeat(200_000),
	`${"[".repeat(50_000)}${"]".repeat(50_000)}`,
	`${'{"a":'.repeat(20_000)}1${"}".repeat(20_000)}`,
	'{"__proto__":{"polluted":1}}',
	'{"constructor":{"prototype":{"polluted":1}}}',
	`[${"0,".repeat(100_000)}0]`,
	'{"ended":{"toString":1}}',
	'[["0",null,null,null]]',
	'[[0,18446744073709551616,"late","0"]]',
	'[[-1,-1,"late","-1"]]',
	'[[0,1e300,"late","0"]]',
	'[["a","b","c","d"]]',
	'[[0,4000000000000000000,"late","0"],[0,4000000000000000000,"late","0"]]',
	"\0",
];
