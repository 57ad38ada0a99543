// SPDX-License-Identifier: Apache-2.0
/** The macros that every recording carries, and the pages that document them: the comments of queries/macros. */
import { assert } from "../base/errors.js";
import { macroFile, macroTopics, prelude } from "../storage/macro-files.js";

export { prelude };

export interface Macro {
	/** Starts with an underscore when it is a part of other macros. */
	readonly name: string;
	/** The call with the defaults: "moved(stream, counter, width := INTERVAL 1 second)". */
	readonly signature: string;
	/** The comment right before the macro, line by line. */
	readonly page: readonly string[];
}

/** One file of queries/macros. */
export interface Topic {
	readonly title: string;
	/** What holds for all macros of the topic, line by line. */
	readonly about: readonly string[];
	readonly macros: readonly Macro[];
}

const definition = /((?:^--.*\n)+)^CREATE MACRO ((\w+)\([^)]*\)) AS\b/gm;
/** The licence, the title and the lines about the topic, up to an empty line. */
const heading = /^-- SPDX.*\n-- (.+)\n((?:--.*\n)+)\n/;

const textOf = (comment: string): string[] =>
	comment.split("\n").flatMap((line) => (line === "" ? [] : [line.replace(/^-- ?/, "")]));

function topicOf(file: string): Topic {
	const found = heading.exec(file);
	assert(found, "a file of queries/macros starts with its licence, its title and what it is about");
	const macros = [...file.matchAll(definition)].map(([, page, signature, name]) => ({
		name: name!,
		signature: signature!,
		page: textOf(page!),
	}));
	return { title: found[1]!, about: textOf(found[2]!), macros };
}

/** In the order of storage/macro-files.ts. */
export const topics = (): Topic[] => macroTopics.map((topic) => topicOf(macroFile(topic)));

export const macros = (): Macro[] => topics().flatMap((topic) => topic.macros);
