// SPDX-License-Identifier: Apache-2.0
/** The places of numbers in text files, and the plan of the reader that takes the numbers from them (text.h). */
import { readFileSync } from "node:fs";
import { assert } from "../../../base/errors.js";
import { type Counter, planWord, type ReaderPlan } from "../../source.js";

/** The place of one number in a text file, and the texts around it that are checked on every read. */
export interface TextAt {
	path: string;
	/** From 0. */
	line: number;
	/** The start of the line. It ends with a separator, since `cpu1` would also match `cpu10`. "": not checked. */
	label: string;
	/** From 0, in the whole line with its label; see fields(). */
	field: number;
	/** u64 and i64: decimal; f64: decimal fraction; x64: hexadecimal; number: decimal or 0x, with or without a sign. */
	kind: "u64" | "i64" | "f64" | "x64" | "number";
	/** Other lines of the file, which name its columns, and how they must start. */
	headers?: readonly { line: number; text: string }[];
	/** Fields of the same line that must be exactly this text. */
	keys?: readonly { field: number; text: string }[];
}

/** The whole file, or null where it cannot be read. */
export function readText(path: string): string | null {
	try {
		return readFileSync(path, "utf8");
	} catch {
		return null;
	}
}

/** The lines of a text, without the empty string after the last newline. */
export const lines = (text: string): string[] => text.replace(/\n$/, "").split("\n");

/** Splits a line as number.h does: at spaces, tabs, '=' and ':'. */
export const fields = (line: string): string[] => line.split(/[ \t:=]+/).filter((field) => field !== "");

/** How lines must start, in the order of the lines. Two counters that disagree come from different readings of the
 *  file. */
function labels(ats: readonly TextAt[]): Map<number, string> {
	const found = new Map<number, string>();
	const put = (line: number, text: string) => {
		if (text === "") return;
		assert((found.get(line) ?? text) === text, `line ${line} of ${ats[0]!.path} has one label`);
		found.set(line, text);
	};
	for (const at of ats) {
		put(at.line, at.label);
		for (const { line, text } of at.headers ?? []) put(line, text);
	}
	return new Map([...found].sort(([a], [b]) => a - b));
}

interface Wanted {
	readonly line: number;
	readonly field: number;
	/** The plan line. A key that occurs twice is written once. */
	readonly words: readonly (string | number)[];
}

function wanted(at: TextAt, column: number): Wanted[] {
	const { line, field, kind } = at;
	return [
		{ line, field, words: ["value", line, field, column, kind] },
		...(at.keys ?? []).map((key) => ({
			line,
			field: key.field,
			words: ["key", line, key.field, planWord(key.text)],
		})),
	];
}

function fileLines(path: string, places: readonly { at: TextAt; column: number }[]): ReaderPlan["lines"][number][] {
	const all = new Map(places.flatMap(({ at, column }) => wanted(at, column)).map((one) => [one.words.join(" "), one]));
	const sorted = [...all.values()].sort((a, b) => a.line - b.line || a.field - b.field);
	return [
		["file", planWord(path)],
		...[...labels(places.map(({ at }) => at))].map(([line, text]) => ["label", line, planWord(text)]),
		...sorted.map(({ words }) => words),
	];
}

/** One reader that fills column i with counters[i] and reads each file once; none when there are no counters. */
export function textReaders(counters: readonly Counter<TextAt>[], cpu = -1): ReaderPlan[] {
	const files = new Map<string, { at: TextAt; column: number }[]>();
	counters.forEach(({ at }, column) => {
		const places = files.get(at.path) ?? [];
		places.push({ at, column });
		files.set(at.path, places);
	});
	const plan = [...files].flatMap(([path, places]) => fileLines(path, places));
	return plan.length === 0 ? [] : [{ reader: "text", cpu, lines: plan }];
}
