// SPDX-License-Identifier: Apache-2.0
/** What a stranger's JSON may be: each kind takes a value and gives it back checked, or undefined when it is anything else. */

export type Kind<T> = (value: unknown) => T | undefined;

/** A whole number within bounds, as a number that JSON does not round, or as digits. */
export const integer =
	(min: bigint, max: bigint): Kind<bigint> =>
	(value) => {
		const whole = typeof value === "number" ? Number.isSafeInteger(value) : /^-?\d{1,20}$/.test(textOf(value));
		if (!whole) return undefined;
		const n = BigInt(value as number | string);
		return n >= min && n <= max ? n : undefined;
	};

const textOf = (value: unknown): string => (typeof value === "string" ? value : "");

/** @param longest in UTF-16 units */
export const text =
	(longest: number): Kind<string> =>
	(value) =>
		typeof value === "string" && value.length <= longest ? value : undefined;

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
	<T>(kind: Kind<T>, longest: number): Kind<T[]> =>
	(value) => {
		if (!Array.isArray(value) || value.length > longest) return undefined;
		const checked = value.map(kind);
		return checked.includes(undefined) ? undefined : (checked as T[]);
	};

export const orNull =
	<T>(kind: Kind<T>): Kind<T | null> =>
	(value) =>
		value === null ? null : kind(value);

/** A row without names: [1, "late"]. */
export const tuple =
	<T extends unknown[]>(...kinds: { [I in keyof T]: Kind<T[I]> }): Kind<T> =>
	(value) => {
		if (!Array.isArray(value) || value.length !== kinds.length) return undefined;
		const checked = kinds.map((kind, i) => kind(value[i]));
		return checked.includes(undefined) ? undefined : (checked as T);
	};

/** Levels of arrays and objects in a text of JSON, brackets in strings not counted. */
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
