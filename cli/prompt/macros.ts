// SPDX-License-Identifier: Apache-2.0
/** What `.macros` and Tab show for a macro: the first sentence of its comment. */
import { macros } from "../../queries/prelude.js";

const firstSentence = (comment: readonly string[]): string =>
	comment.join(" ").replace(/\s+/g, " ").replace(/\. .*/, ".").trim();

/** First sentence about a macro by its name; "" where there is none. */
export const macroHelp = (): Map<string, string> =>
	new Map(macros().map(({ name, comment }) => [name, firstSentence(comment)]));
