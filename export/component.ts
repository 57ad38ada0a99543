// SPDX-License-Identifier: Apache-2.0
/**
 * Turns names of streams and hosts into parts of a path. A name from a file is data: whatever it holds, it becomes one
 * entry of the folder that the user named. All bytes except letters, digits, `. _ -` and the blank are written as %XX,
 * as Hive does in names of folders.
 *
 *   eth0          eth0
 *   ../../x       %2E.%2F..%2Fx
 *   -rf           %2Drf
 *   (nothing)     %
 */
import { createHash } from "node:crypto";

/** Longest name of an entry of a folder, in bytes; NAME_MAX of limits.h. */
export const NAME_BYTES = 255;
/** The longest name, in bytes: an extension and a start time must fit after it. */
const MAX_NAME_BYTES = 200;
const HASH_DIGITS = 32;

const percent = (byte: number): string => `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;

/** UTF-8. Half of a surrogate pair, which UTF-8 does not have, becomes the three bytes that it would take. */
function bytesOf(character: string): Iterable<number> {
	const code = character.codePointAt(0)!;
	const isHalf = code >= 0xd800 && code <= 0xdfff;
	return isHalf ? [0xe0 | (code >> 12), 0x80 | ((code >> 6) & 0x3f), 0x80 | (code & 0x3f)] : Buffer.from(character);
}

const percented = (character: string): string => [...bytesOf(character)].map(percent).join("");

/** A value after the `=` in the folder name of a dataset. Different values stay different, and decoding %XX gives them
 *  back. */
export const escaped = (value: string): string => value.replace(/[^A-Za-z0-9._ -]/gu, percented);

/**
 * A name as the start of a file name, or all of it. It is never hidden, an option, "." or "..". Different names stay
 * different, and decoding %XX gives them back. A name of more than 200 bytes is cut and ends with %~ and a hash.
 */
export function component(name: string): string {
	if (name === "") return "%";
	const plain = escaped(name).replace(/^[.-]/, percented);
	if (plain.length <= MAX_NAME_BYTES) return plain;
	/* The hash is over the escaped text, since UTF-8 does not tell halves of surrogate pairs apart. */
	const hash = createHash("sha256").update(plain).digest("hex").slice(0, HASH_DIGITS);
	return `${plain.slice(0, MAX_NAME_BYTES - HASH_DIGITS - 2)}%~${hash}`;
}
