// SPDX-License-Identifier: Apache-2.0
/**
 * What a terminal can do that a pipe cannot: colours, a width, a line that is drawn again. Names come from anywhere, so what lays out
 * text (clip, wrap, table) cleans it first, and counts what is left; what writes lines (`show` and its like) cleans once more.
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

/** Paints on a terminal that may be painted (see no-color.org), and leaves text as it is elsewhere. */
export function painter(out: Output = process.stdout, env: NodeJS.ProcessEnv = process.env): Paint {
	const colours = out.isTTY === true && !env.NO_COLOR && env.TERM !== "dumb";
	return (style, text) => (colours && text !== "" ? `${OURS}[${codes[style]}m${text}${OURS}[0m` : text);
}

/** In the place of ESC before a colour of ours: no text from elsewhere can hold what was drawn by lot when this process began. */
const OURS = `\x1b${randomUUID()}`;

/** A line as a terminal may have it: all that is not ours is cleaned, what was painted is coloured. */
export const onScreen = (line: string): string => line.split(OURS).map(clean).join("\x1b");

/** Columns of text that a line may have; no limit where it is not read on a screen. A terminal may say 0: unknown. */
export const lineWidth = (out: Output = process.stdout): number =>
	out.isTTY ? Math.max(40, out.columns || 80) : Number.POSITIVE_INFINITY;

/** Not between the halves of a surrogate pair. */
const cut = (line: string, length: number): string =>
	line.slice(0, Math.max(0, length)).replace(/[\ud800-\udbff]$/, "");

/** A line, cleaned and not painted, that is no longer than the screen is wide. */
export function clip(text: string, width: number): string {
	const line = clean(text);
	return line.length <= width ? line : `${cut(line, width - 3)}...`;
}

/** Cleans, and breaks between words; a word that is longer than a line has a line of its own. */
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

/** A bar on stderr for work that takes longer than a second; nothing on a pipe. */
export class ProgressBar {
	readonly #total: number;
	readonly #out: Output;
	readonly #begin = performance.now();
	#drawn = false;

	constructor(total: number, out: Output = process.stderr) {
		this.#total = total;
		this.#out = out;
	}

	/** @param done steps that are finished; label says what is under way */
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

/** The same of work that has no steps: how much of it is done, and how long the rest will take. */
export class ShareBar {
	readonly #out: Output;
	readonly #begin = performance.now();
	#drawn = false;

	constructor(out: Output = process.stderr) {
		this.#out = out;
	}

	/** @param share 0 to 1 */
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
