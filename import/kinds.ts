// SPDX-License-Identifier: Apache-2.0
/** Checks JSON from strangers. Each kind takes a value and gives it back checked, or undefined when it is anything
 *  else. */

export type Kind<T> = (value: unknown) => T | undefined;

/** A whole number within bounds: a number that JSON does not round, or digits in a text. */
export const integer =
	(min: bigint, max: bigint): Kind<bigint> =>
	(value) => {
		const whole = typeof value === "number" ? Number.isSafeInteger(value) : /^-?\d{1,20}$/.test(textOf(value));
		if (!whole) return undefined;
		const n = BigInt(value as number | string);
		return n >= min && n <= max ? n : undefined;
	};

const textOf = (value: unknown): string => (typeof value === "string" ? value : "");

/** @param max length in UTF-16 units */
export const text =
	(max: number): Kind<string> =>
	(value) =>
		typeof value === "string" && value.length <= max ? value : undefined;

export const matching =
	(pattern: RegExp): Kind<string> =>
	(value) =>
		typeof value === "string" && pattern.test(value) ? value : undefined;

export const oneOf =
	<T extends string>(words: readonly T[]): Kind<T> =>
	(value) =>
		words.find((word) => word === value);

export const flag: Kind<boolean> = (value) => (typeof value === "boolean" ? value : undefined);

export const listOf =
	<T>(kind: Kind<T>, max: number): Kind<T[]> =>
	(value) => {
		if (!Array.isArray(value) || value.length > max) return undefined;
		const checked = value.map(kind);
		return checked.includes(undefined) ? undefined : (checked as T[]);
	};

export const orNull =
	<T>(kind: Kind<T>): Kind<T | null> =>
	(value) =>
		value === null ? null : kind(value);

/** An array with one kind per place: [1, "late"]. */
export const tuple =
	<T extends unknown[]>(...kinds: { [I in keyof T]: Kind<T[I]> }): Kind<T> =>
	(value) => {
		if (!Array.isArray(value) || value.length !== kinds.length) return undefined;
		const checked = kinds.map((kind, i) => kind(value[i]));
		return checked.includes(undefined) ? undefined : (checked as T);
	};

/** Depth of the arrays and objects in a text of JSON. Brackets within strings do not count. */
export function depthOf(json: string): number {
	let [depth, deepest, quoted] = [0, 0, false];
	for (let i = 0; i < json.length; i++) {
		const c = json[i];
		if (quoted) {
			if (c === "\\") i++;
			else if (c === '"') quoted = false;
		} else if (c === '"') quoted = true;
		else if (c === "[" || c === "{") deepest = Math.max(deepest, ++depth);
		else if (c === "]" || c === "}") depth--;
	}
	return deepest;
}
