// SPDX-License-Identifier: Apache-2.0
/** Characters that a terminal may be given, listed by ranges and not by the Unicode classes that base/clean.ts uses. */

const ranges: readonly (readonly [number, number])[] = [
	[0x00, 0x1f],
	[0x7f, 0x9f],
	[0x061c, 0x061c],
	[0x200b, 0x200f],
	[0x2028, 0x202e],
	[0x2060, 0x206f],
	[0xd800, 0xdfff],
	[0xfeff, 0xfeff],
	[0xe0000, 0xe0fff],
];

/** Signs of scripts that are format characters, too. They do no harm, but no name has them. */
const others =
	/[\u00ad\u0600-\u0605\u06dd\u070f\u0890\u0891\u08e2\u180e\ufff9-\ufffb\u{110bd}\u{110cd}\u{13430}-\u{1343f}\u{1bca0}-\u{1bca3}\u{1d173}-\u{1d17a}]/u;

const isSafe = (character: string): boolean => {
	const code = character.codePointAt(0)!;
	return !ranges.some(([from, to]) => code >= from && code <= to) && !others.test(character);
};

/** Whether one line can be shown unchanged. */
export const isShowable = (line: string): boolean => [...line].every(isSafe);
