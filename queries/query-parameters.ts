// SPDX-License-Identifier: Apache-2.0
/** Parameters of named queries: what a user may write for each type, and the SQL literal that it becomes. */
import { usageError } from "../base/errors.js";
import { parseDuration } from "../base/units.js";
import { decimal, type Sql, sql, text } from "../storage/sql.js";

/** What a value of each type looks like, for messages and --help. */
export const parameterTypes = {
	duration: "a time, as in 10ms or 2s",
	number: "a number, as in 1000, 2.5e6 or 10G",
	text: "a text",
	counter: "the id of a counter, as in net:eth0/rx_bytes",
	reading: "the id of a counter or gauge, as in net:eth0/rx_bytes",
	counters: "a pattern of counter ids, as in 'net:*/rx_*'",
	stream: "a stream, as in net",
} as const;

export type ParameterType = keyof typeof parameterTypes;

export const isParameterType = (word: string): word is ParameterType => word in parameterTypes;

export interface Parameter {
	readonly name: string;
	readonly type: ParameterType;
	/** Default, as a user would write it; null: the parameter is required. */
	readonly fallback: string | null;
	readonly meaning: string;
}

const multiples: Record<string, string> = { "": "", k: "e3", M: "e6", G: "e9", T: "e12" };

/** An exact literal: digits and a power of ten, as the user wrote them. */
function number(given: string): Sql | null {
	const match = /^(-?(?:\d+(?:\.\d+)?|\.\d+))(?:(e[+-]?\d{1,3})|([kMGT]?))$/i.exec(given);
	const exponent = match && (match[2] ?? multiples[match[3]!]);
	return match && exponent !== undefined && Number.isFinite(Number(match[1] + (exponent || "")))
		? decimal(`${match[1]}${exponent}`)
		: null;
}

/** Parsers of the types that can be understood without a recording. */
const literals: Partial<Record<ParameterType, (given: string) => Sql | null>> = {
	duration: (given) => {
		const ns = parseDuration(given);
		return ns === null ? null : sql`${ns}`;
	},
	number,
	text,
};

/** The value as an SQL literal; null for types that depend on the recording. */
export function plainLiteral({ name, type, meaning }: Parameter, given: string): Sql | null {
	const parse = literals[type];
	if (!parse) return null;
	const value = parse(given);
	if (value === null) throw usageError(`--${name} ${given}: it takes ${parameterTypes[type]} (${meaning})`);
	return value;
}
