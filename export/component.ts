// SPDX-License-Identifier: Apache-2.0
/**
 * Names of streams and hosts as parts of a path. A name from a file is data: whatever is in it, it is one entry of the folder that the
 * user named. All bytes but letters, digits and `. _ -` and the blank are written as %XX, as Hive does in names of folders.
 *
 *   eth0          eth0
 *   ../../x       %2E.%2F..%2Fx
 *   -rf           %2Drf
 *   (nothing)     %
 */
import { createHash } from "node:crypto";

/** Longest name of an entry of a folder, in bytes; NAME_MAX of limits.h. */
export const NAME_BYTES = 255;
/** What a name takes at most, so that an extension and the time of a start find room behind it. */
const LONGEST = 200;
const HASH_DIGITS = 32;

const percent = (byte: number): string => `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;

/** UTF-8; half of a surrogate pair, which UTF-8 does not have, as the three bytes that it would take. */
function bytesOf(character: string): Iterable<number> {
	const code = character.codePointAt(0)!;
	const isHalf = code >= 0xd800 && code <= 0xdfff;
	return isHalf ? [0xe0 | (code >> 12), 0x80 | ((code >> 6) & 0x3f), 0x80 | (code & 0x3f)] : Buffer.from(character);
}

const percented = (character: string): string => [...bytesOf(character)].map(percent).join("");

/** A value behind the `=` of a folder of a dataset. Different values stay different, and reading %XX gives them back. */
export const escaped = (value: string): string => value.replace(/[^A-Za-z0-9._ -]/gu, percented);

/**
 * A name as the beginning of a file name, or all of it. Never hidden, an option, "." or "..". Different names stay different, and reading
 * %XX gives them back; of a name that takes more than 200 bytes only its beginning and a hash are left, behind %~.
 */
export function component(name: string): string {
	if (name === "") return "%";
	const plain = escaped(name).replace(/^[.-]/, percented);
	if (plain.length <= LONGEST) return plain;
	/* Of the escaped text: halves of surrogate pairs are all the same to UTF-8. */
	const hash = createHash("sha256").update(plain).digest("hex").slice(0, HASH_DIGITS);
	return `${plain.slice(0, LONGEST - HASH_DIGITS - 2)}%~${hash}`;
}
