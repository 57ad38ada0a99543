// SPDX-License-Identifier: Apache-2.0
/** Checks how deep and how wide a text is before DuckDB sees it: DuckDB follows nested JSON by recursion, and makes a
 *  column of whatever is between two commas. */
import { createReadStream } from "node:fs";
import { failure } from "../base/errors.js";
import { formatBytes, formatCount } from "../base/units.js";
import { MAX_COLUMNS } from "../sampler/selection.js";

/** The deepest nesting. A row of counters holds numbers beside a time, so it is flat. */
const MAX_DEPTH = 64;
/** The longest lines in bytes; DuckDB gets the same limits. */
export const MAX_JSON_LINE = 16 << 20;
export const MAX_CSV_LINE = 1 << 20;
/** The most columns: counters, and as many that are not. */
export const MAX_WIDTH = 2 * MAX_COLUMNS;
const CHUNK = 1 << 20;

const NEWLINE = 10;
const QUOTE = 34;
const BACKSLASH = 92;
const [COMMA, SEMICOLON, TAB, BAR] = [44, 59, 9, 124];

const OPENING = [91, 123];
const CLOSING = [93, 125];

const refused = (name: string, line: number, what: string): Error =>
	failure(`line ${formatCount(line)} of ${name} ${what}; nothing was imported`);

/** Checks how deep the objects and arrays of each line are nested, and how long the line is. */
class JsonLines {
	readonly #name: string;
	#line = 1;
	#bytes = 0;
	#depth = 0;
	#quoted = false;
	#escaped = false;

	constructor(name: string) {
		this.#name = name;
	}

	take(chunk: Buffer): void {
		for (const byte of chunk) this.#see(byte);
	}

	#see(byte: number): void {
		if (byte === NEWLINE) this.#next();
		else if (++this.#bytes > MAX_JSON_LINE)
			throw refused(
				this.#name,
				this.#line,
				`is longer than ${formatBytes(MAX_JSON_LINE)}, so it is not a row of counters`,
			);
		else if (this.#escaped) this.#escaped = false;
		else if (this.#quoted) {
			if (byte === BACKSLASH) this.#escaped = true;
			else if (byte === QUOTE) this.#quoted = false;
		} else if (byte === QUOTE) this.#quoted = true;
		else if (OPENING.includes(byte)) this.#open();
		else if (CLOSING.includes(byte)) this.#depth--;
	}

	#open(): void {
		if (++this.#depth > MAX_DEPTH)
			throw refused(
				this.#name,
				this.#line,
				`is nested more than ${MAX_DEPTH} levels deep, so it is not a row of counters; write one object per line, with numbers in it`,
			);
	}

	#next(): void {
		this.#line++;
		this.#bytes = 0;
		this.#depth = 0;
		this.#quoted = false;
		this.#escaped = false;
	}
}

/** @throws CountersinkError that names the line */
export async function checkJsonLines(path: string, name: string): Promise<void> {
	const lines = new JsonLines(name);
	for await (const chunk of createReadStream(path, { highWaterMark: CHUNK })) lines.take(chunk as Buffer);
}

/** Checks the lines from which DuckDB takes the columns. @throws CountersinkError that names the line */
export async function checkCsvHead(path: string, name: string): Promise<void> {
	let line = 1;
	let separators = new Map<number, number>();
	for await (const chunk of createReadStream(path, { end: CHUNK - 1, highWaterMark: CHUNK }))
		for (const byte of chunk as Buffer)
			if (byte === NEWLINE) {
				line++;
				separators = new Map();
			} else if (byte === COMMA || byte === SEMICOLON || byte === TAB || byte === BAR) {
				const count = (separators.get(byte) ?? 0) + 1;
				if (count >= MAX_WIDTH)
					throw refused(
						name,
						line,
						`has more than ${formatCount(MAX_WIDTH)} columns; one stream holds at most ${formatCount(MAX_COLUMNS)} counters, so import it in parts`,
					);
				separators.set(byte, count);
			}
}
