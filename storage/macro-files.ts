// SPDX-License-Identifier: Apache-2.0
/** The macros of this version: one file per topic in queries/macros. Every recording carries them for other clients,
 *  and countersink asks every recording with them. */
import { join, type Sql, shipped, sql } from "./sql.js";

/** The topics, in the order in which their macros are created and documented. */
export const macroTopics = [
	"names",
	"rates",
	"schedule",
	"buckets",
	"align",
	"many-counters",
	"bursts",
	"crossings",
	"intervals",
	"distributions",
	"correlation",
	"periods",
	"traces",
	"trust",
] as const;

export type MacroTopic = (typeof macroTopics)[number];

export const macroFile = (topic: MacroTopic): Sql => shipped(`queries/macros/${topic}.sql`);

/** SQL that makes all of them. */
export const prelude = (): Sql => join(macroTopics.map(macroFile), sql`\n`);
