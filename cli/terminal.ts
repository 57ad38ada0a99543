// SPDX-License-Identifier: Apache-2.0
/**
 * Uses what a terminal can do and a pipe cannot: colours, a width, a line that is redrawn. Names come from anywhere, so
 * functions that lay out text (clip, wrap, table) clean it first and measure the result; functions that write lines
 * (`show` and its like) clean once more.
 */
import { randomUUID } from "node:crypto";
import { clean } from "../base/clean.js";

export interface Output {
	readonly isTTY?: boolean;
	readonly columns?: number;
	write(text: string): unknown;
}

const codes = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33 } as const;
export type Paint = (style: keyof typeof codes, text: string) => string;

/** Paints text on a terminal that allows it (see no-color.org); elsewhere text stays unchanged. */
export function painter(out: Output = process.stdout, env: NodeJS.ProcessEnv = process.env): Paint {
	const colours = out.isTTY === true && !env.NO_COLOR && env.TERM !== "dumb";
	return (style, text) => (colours && text !== "" ? `${OURS}[${codes[style]}m${text}${OURS}[0m` : text);
}

/** Stands for ESC before a colour of ours. It is drawn at random at the start, so no text from elsewhere can contain
 *  it. */
const OURS = `\x1b${randomUUID()}`;

/** A line for a terminal: everything that is not ours is cleaned, and painted text gets its colour. */
export const onScreen = (line: string): string => line.split(OURS).map(clean).join("\x1b");

/** The most columns of text in a line; no limit where it is not read on a screen. A terminal may report 0 for
 *  unknown. */
export const lineWidth = (out: Output = process.stdout): number =>
	out.isTTY ? Math.max(40, out.columns || 80) : Number.POSITIVE_INFINITY;

/** Cuts a line, but not between the halves of a surrogate pair. */
const cut = (line: string, length: number): string =>
	line.slice(0, Math.max(0, length)).replace(/[\ud800-\udbff]$/, "");

/** A cleaned, unpainted line that is not longer than the screen is wide. */
export function clip(text: string, width: number): string {
	const line = clean(text);
	return line.length <= width ? line : `${cut(line, width - 3)}...`;
}

/** Cleans a text and breaks it between words. A word that is longer than a line gets its own line. */
export function wrap(text: string, width: number): string[] {
	const lines: string[] = [];
	for (const word of clean(text).split(" ")) {
		const last = lines.at(-1);
		if (last !== undefined && last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`;
		else lines.push(word);
	}
	return lines;
}

const PATIENCE_MS = 1000;
const BAR = 24;

/** A bar on stderr for work that takes longer than a second. It shows nothing on a pipe. */
export class ProgressBar {
	readonly #total: number;
	readonly #out: Output;
	readonly #begin = performance.now();
	#drawn = false;

	constructor(total: number, out: Output = process.stderr) {
		this.#total = total;
		this.#out = out;
	}

	/** @param done number of finished steps @param label what is being done */
	show(done: number, label: string): void {
		if (!this.#out.isTTY || performance.now() - this.#begin < PATIENCE_MS) return;
		const filled = Math.round((BAR * done) / this.#total);
		const bar = `[${"#".repeat(filled)}${".".repeat(BAR - filled)}] ${done}/${this.#total} ${label}`;
		this.#out.write(`\r\x1b[K${clip(bar, lineWidth(this.#out) - 1)}`);
		this.#drawn = true;
	}

	clear(): void {
		if (this.#drawn) this.#out.write("\r\x1b[K");
	}
}

/** A bar for work without steps: how much of it is done, and how long the rest will take. */
export class ShareBar {
	readonly #out: Output;
	readonly #begin = performance.now();
	#drawn = false;

	constructor(out: Output = process.stderr) {
		this.#out = out;
	}

	/** @param share finished part, from 0 to 1 */
	show(share: number, label: string): void {
		const spent = performance.now() - this.#begin;
		if (!this.#out.isTTY || spent < PATIENCE_MS) return;
		const filled = Math.round(BAR * share);
		const left = share > 0 ? `, ${Math.ceil((spent * (1 - share)) / share / 1000)} s left` : "";
		const line = `[${"#".repeat(filled)}${".".repeat(BAR - filled)}] ${Math.floor(100 * share)} %${left}  ${label}`;
		this.#out.write(`\r\x1b[K${clip(line, lineWidth(this.#out) - 1)}`);
		this.#drawn = true;
	}

	clear(): void {
		if (this.#drawn) this.#out.write("\r\x1b[K");
	}
}
