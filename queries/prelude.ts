// SPDX-License-Identifier: Apache-2.0
/** The macros that every recording carries, and what their comments say of them. */
import { prelude } from "../storage/prelude.js";

export { prelude };

export interface Macro {
	readonly section: string;
	/** Begins with an underscore when it is a part of others. */
	readonly name: string;
	/** As it is called, with the defaults: "moved(stream, counter, width := INTERVAL 1 second)". */
	readonly signature: string;
	/** The comment right before it, line by line; none where there is no comment. */
	readonly comment: readonly string[];
}

const definition = /((?:^--.*\n)*)^CREATE MACRO ((\w+)\([^)]*\)) AS\b/gm;
const heading = /^-- SECTION: (.+)\n/m;

/** In the order of the file. */
export function macros(): Macro[] {
	const [, ...parts] = prelude().split(heading);
	const sections = parts.flatMap((part, i) => (i % 2 === 0 ? [{ section: part, sql: parts[i + 1]! }] : []));
	return sections.flatMap(({ section, sql }) =>
		[...sql.matchAll(definition)].map(([, comment, signature, name]) => ({
			section,
			name: name!,
			signature: signature!,
			comment: comment!.split("\n").flatMap((line) => (line === "" ? [] : [line.replace(/^-- ?/, "")])),
		})),
	);
}
