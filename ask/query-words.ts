// SPDX-License-Identifier: Apache-2.0
/** Parameters of a named query as a user writes them: --NAME VALUE or --NAME=VALUE. The values are checked in
 *  bind.ts. */
import { usageError } from "../base/errors.js";
import { nearest } from "../base/text.js";
import type { Page } from "../queries/page.js";
import type { Parameter } from "../queries/query-parameters.js";
import type { Given } from "./bind.js";

/** The option that can be given several times, and to every query. */
const STREAM = "stream";

const optionsOf = ({ parameters }: Page): string[] => [
	...parameters.filter(({ type }) => type !== STREAM).map(({ name }) => `--${name}`),
	`--${STREAM}`,
];

function unknown(page: Page, flag: string): Error {
	const options = optionsOf(page);
	const near = nearest(flag, options);
	return usageError(
		`unknown option '${flag}'; ${near ? `did you mean ${near}?` : `${page.name} takes ${options.join(", ")}`}`,
	);
}

function twice({ name, type }: Parameter, before: string, value: string): Error {
	const both = type === "counters" ? `one pattern for both, as in --${name} '{${before},${value}}'` : "one of them";
	return usageError(`--${name} is given twice; give ${both}`);
}

/** Reads words. @returns the parameters, and the words that are neither an option nor the value of one: names of
 *  files */
export function readWords(page: Page, words: readonly string[]): { given: Given; files: readonly string[] } {
	const parameters: Record<string, string> = {};
	const streams: string[] = [];
	const files: string[] = [];
	const rest = [...words];
	for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
		if (word === "--") {
			files.push(...rest.splice(0));
			break;
		}
		if (!/^-./.test(word)) {
			files.push(word);
			continue;
		}
		const [, flag, inside] = /^([^=]*)(?:=(.*))?$/s.exec(word)!;
		const parameter = page.parameters.find(({ name, type }) => type !== STREAM && flag === `--${name}`);
		if (!parameter && flag !== `--${STREAM}`) throw unknown(page, flag!);
		const value = inside ?? rest.shift();
		if (value === undefined)
			throw usageError(`option '${flag} <${parameter?.type ?? "name"}>' argument missing; write a value after it`);
		if (!parameter) streams.push(value);
		else if (parameter.name in parameters) throw twice(parameter, parameters[parameter.name]!, value);
		else parameters[parameter.name] = value;
	}
	return { given: { parameters, streams }, files };
}
