// SPDX-License-Identifier: Apache-2.0
/** Parameters of a named query as a program gives them. */
import type { Given } from "../ask/bind.js";
import { usageError } from "../base/errors.js";
import { nearest } from "../base/text.js";
import type { Page } from "../queries/page.js";

export { checkGiven, type Given } from "../ask/bind.js";
export { readWords } from "../ask/query-words.js";

/** Values by name; a text as on the command line, or a number. `stream` is a stream, or several, to be
 *  preferred. */
export type Parameters = Readonly<Record<string, string | number | readonly string[] | undefined>>;

/** Every query takes it. */
const STREAM = "stream";

/** @throws CountersinkError for a parameter that the query does not have */
export function parametersOf(page: Page, given: Parameters): Given {
	const parameters: Record<string, string> = {};
	const names = [...new Set([...page.parameters.map(({ name }) => name), STREAM])];
	for (const [name, value] of Object.entries(given)) {
		if (!names.includes(name)) throw unknownParameter(page, name, names);
		if (value === undefined || name === STREAM) continue;
		if (typeof value !== "string" && typeof value !== "number")
			throw usageError(`query ${page.name}: ${name} is a text or a number`);
		parameters[name] = String(value);
	}
	const streams = given[STREAM] ?? [];
	return { parameters, streams: [streams].flat().map(String) };
}

function unknownParameter(page: Page, name: string, names: readonly string[]): Error {
	const near = nearest(name, names);
	return usageError(
		`query ${page.name} has no parameter '${name}'; ${near === null ? `it takes ${names.join(", ")}` : `did you mean ${near}?`}`,
	);
}
