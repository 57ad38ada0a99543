// SPDX-License-Identifier: Apache-2.0
/** Finds the value of a position in a text file a second time, in the plainest way, to check catalogues against
 *  fixtures. */
import { readFileSync } from "node:fs";
import { packageFile } from "../../base/paths.js";
import type { TextAt } from "../../kernel/shared/text/positions.js";
import { type Counter, counterId } from "../../kernel/source.js";

export const fixture = (path: string): string => readFileSync(packageFile(`kernel/${path}`), "utf8");

/** The word that a counter finds in a text; null where a label or header is not where it should be. */
export function textValue(text: string, { line, label, field, headers = [] }: TextAt): string | null {
	const lines = text.split("\n");
	if (!lines[line]?.startsWith(label)) return null;
	if (headers.some((header) => !lines[header.line]?.startsWith(header.text))) return null;
	return lines[line]!.split(/[\s=:]+/).filter(Boolean)[field] ?? null;
}

/** The id of each counter with the word that it finds. */
export const textValues = (counters: readonly Counter<TextAt>[], text: string): Record<string, string | null> =>
	Object.fromEntries(counters.map((counter) => [counterId(counter), textValue(text, counter.at)]));
