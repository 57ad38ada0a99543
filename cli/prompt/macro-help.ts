// SPDX-License-Identifier: Apache-2.0
/** The help of a macro for `.macros` and Tab: the first sentence of its page. */
import { macros } from "../../queries/prelude.js";

const firstSentence = (page: readonly string[]): string =>
	page.join(" ").replace(/\s+/g, " ").replace(/\. .*/, ".").trim();

/** The first sentence about each macro, by name; "" where there is none. */
export const macroHelp = (): Map<string, string> =>
	new Map(macros().map(({ name, page }) => [name, firstSentence(page)]));
