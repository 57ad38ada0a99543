// SPDX-License-Identifier: Apache-2.0
/** What a program gives as options: checked one by one, in the order of a table, before anything is done. */
import { onlineCpus } from "../base/cpus.js";
import { usageError } from "../base/errors.js";
import { nearest } from "../base/text.js";
import { formatBytes, type Nanoseconds, nanoseconds, parseBytes, parseDuration, parseRate } from "../base/units.js";
import { isSamplingPeriod } from "../sampler/selection.js";
import { MIN_MEMORY } from "../storage/limits.js";

/** A text as on the command line ("500ms", "2m"), or nanoseconds. */
export type Time = string | number;

/** @returns what was meant; undefined: it was not what it should be */
type Check<T> = (given: unknown) => T | undefined;

export interface Option<T> {
	readonly check: Check<T>;
	/** What it should be: "... as in ...". */
	readonly wanted: string;
}

type Table = Readonly<Record<string, Option<unknown>>>;
type Checked<T extends Table> = { readonly [K in keyof T]?: NonNullable<ReturnType<T[K]["check"]>> };

const whole = (given: unknown, parse: (text: string) => Nanoseconds | null): number | undefined => {
	const ns = typeof given === "string" ? parse(given) : given;
	return typeof ns === "number" && Number.isSafeInteger(ns) && ns > 0 ? ns : undefined;
};

function timeOf(given: unknown): Nanoseconds | undefined {
	const ns = whole(given, parseDuration);
	return ns === undefined ? undefined : nanoseconds(ns);
}

function periodOf(given: unknown): Nanoseconds | undefined {
	const ns = whole(given, parseRate);
	return ns !== undefined && isSamplingPeriod(ns) ? nanoseconds(ns) : undefined;
}

function cpuOf(given: unknown): number | undefined {
	if (given === "any" || given === -1) return -1;
	return typeof given === "number" && onlineCpus().includes(given) ? given : undefined;
}

function bytesOf(given: unknown): number | undefined {
	const bytes = typeof given === "string" ? parseBytes(given) : given;
	return typeof bytes === "number" && bytes >= MIN_MEMORY ? bytes : undefined;
}

const isTexts = (given: unknown): given is readonly string[] =>
	Array.isArray(given) && given.every((text) => typeof text === "string");

// biome-ignore lint/complexity/noBannedTypes: any function that a program gives
type Any = Function;

export const text: Option<string> = {
	check: (given) => (typeof given === "string" && given !== "" ? given : undefined),
	wanted: "a text that is not empty",
};
export const flag: Option<boolean> = {
	check: (given) => (typeof given === "boolean" ? given : undefined),
	wanted: "true or false",
};
export const time: Option<Nanoseconds> = {
	check: timeOf,
	wanted: 'a length of time, as in "500ms", "5s" or "2m", or a number of nanoseconds',
};
export const rate: Option<Nanoseconds> = {
	check: periodOf,
	wanted: 'a frequency or a period between 1MHz and 1h, as in "10kHz" or "100us"',
};
export const cpu: Option<number> = { check: cpuOf, wanted: 'the number of a CPU of this machine, or "any"' };
export const count: Option<number> = {
	check: (given) => (typeof given === "number" && Number.isSafeInteger(given) && given > 0 ? given : undefined),
	wanted: "a whole number from 1",
};
export const memory: Option<number> = {
	check: bytesOf,
	wanted: `at least ${formatBytes(MIN_MEMORY)} of memory, as in "512MB", or a number of bytes`,
};
export const signal: Option<AbortSignal> = {
	check: (given) => (given instanceof AbortSignal ? given : undefined),
	wanted: "an AbortSignal",
};
/** A word and its arguments. */
export const words: Option<readonly string[]> = {
	check: (given) => (isTexts(given) && given.length > 0 ? given : undefined),
	wanted: "an array of texts that is not empty",
};
export const texts: Option<readonly string[]> = {
	check: (given) => (typeof given === "string" ? [given] : isTexts(given) ? given : undefined),
	wanted: "a text or an array of texts",
};
export const listener = <F extends Any>(): Option<F> => ({
	check: (given) => (typeof given === "function" ? (given as F) : undefined),
	wanted: "a function",
});
export const choice = <W extends string>(choices: readonly W[]): Option<W> => ({
	check: (given) => choices.find((one) => one === given),
	wanted: `one of ${choices.join(", ")}`,
});
/** An object that has these methods. */
export const thing = <T>(wanted: string, ...methods: readonly string[]): Option<T> => ({
	check: (given) =>
		typeof given === "object" && given !== null && methods.every((name) => name in given) ? (given as T) : undefined,
	wanted,
});

const shown = (given: unknown): string => (typeof given === "string" ? `'${given}'` : String(given));

/** @param of the function that takes the options, as sentences name it
 *  @param given options that are undefined count as left out */
export function checkOptions<T extends Table>(of: string, table: T, given: unknown): Checked<T> {
	if (typeof given !== "object" || given === null)
		throw usageError(`${of} takes options as an object, not ${shown(given)}`);
	for (const name of Object.keys(given)) if (!(name in table)) throw unknownOption(of, name, Object.keys(table));
	const checked: Record<string, unknown> = {};
	for (const [name, { check, wanted }] of Object.entries(table)) {
		const value = (given as Record<string, unknown>)[name];
		if (value === undefined) continue;
		checked[name] = check(value);
		if (checked[name] === undefined) throw usageError(`${of}: ${name} is ${shown(value)}; give ${wanted}`);
	}
	return checked as Checked<T>;
}

function unknownOption(of: string, name: string, known: readonly string[]): Error {
	const near = nearest(name, known);
	return usageError(
		`${of} has no option '${name}'; ${near === null ? `it takes ${known.join(", ")}` : `did you mean ${near}?`}`,
	);
}
