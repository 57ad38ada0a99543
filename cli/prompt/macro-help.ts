// SPDX-License-Identifier: Apache-2.0
/** What `.macros` and Tab say of a macro: the first sentence of its page. */
import { macros } from "../../queries/prelude.js";

const firstSentence = (page: readonly string[]): string =>
	page.join(" ").replace(/\s+/g, " ").replace(/\. .*/, ".").trim();

/** Name of a macro to the first sentence about it. */
export const macroHelp = (): Map<string, string> =>
	new Map(macros().map(({ name, page }) => [name, firstSentence(page)]));
