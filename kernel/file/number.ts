// SPDX-License-Identifier: Apache-2.0
import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";

/** The content of a file: one number, or why it cannot be sampled, as the second half of a sentence. */
export type Content = { readonly value: bigint | number } | { readonly refused: string };

const MAX_BYTES = 256;

const reasons: Record<string, string> = {
	ENOENT: "does not exist; 'ls' its folder to see what does",
	ENOTDIR: "does not exist, because a part of its path is not a folder; 'ls' its folders from the left to see which",
	EACCES: "may not be read by this user; run as root, or name another file",
	EPERM: "may not be read by this user; run as root, or name another file",
	EAGAIN: "has nothing to read now; name a file that holds a number at any time",
};

/** Decimal or hexadecimal, with an optional sign; a decimal with a point is a floating-point number. */
export function parseNumber(text: string): bigint | number | null {
	const match = /^\s*([+-]?)(0[xX][0-9a-fA-F]+|\d+)(\.\d+)?\s*$/.exec(text);
	if (!match) return null;
	const [, sign = "", whole = "", fraction] = match;
	if (fraction !== undefined) return /^0x/i.test(whole) ? null : Number(`${sign}${whole}${fraction}`);
	const value = sign === "-" ? -BigInt(whole) : BigInt(whole);
	return value >= -(2n ** 63n) && value < 2n ** 64n ? value : null;
}

/** Reads without waiting, since some files of /proc block until an event comes. */
function readStart(path: string): string | { refused: string } {
	const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
	try {
		const stat = fstatSync(fd);
		if (stat.isDirectory()) return { refused: "is a folder; name a file in it, or all of them as in '/folder/*'" };
		if (!stat.isFile()) return { refused: "is not a regular file; name a file of /sys or /proc that holds a number" };
		const buffer = Buffer.alloc(MAX_BYTES);
		return buffer.toString("utf8", 0, readSync(fd, buffer, 0, MAX_BYTES, 0));
	} finally {
		closeSync(fd);
	}
}

export function readNumber(path: string): Content {
	try {
		const text = readStart(path);
		if (typeof text !== "string") return text;
		const value = parseNumber(text);
		if (value !== null) return { value };
		const shown = text.trim().split("\n")[0]!.slice(0, 40);
		const holds = shown === "" ? "is empty, so it holds no number" : `holds '${shown}', not one number`;
		return { refused: `${holds}; name a file with one decimal or 0x number, as most of /sys have` };
	} catch (error) {
		const code = (error as NodeJS.ErrnoException).code ?? String(error);
		return { refused: reasons[code] ?? `cannot be read now (${code}); see whether 'cat' can read it` };
	}
}
