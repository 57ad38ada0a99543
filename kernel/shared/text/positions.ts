// SPDX-License-Identifier: Apache-2.0
/** Where numbers stand in text files, and the plan of the reader that takes them from there (text.h). */
import { readFileSync } from "node:fs";
import { assert } from "../../../base/errors.js";
import { type Counter, planWord, type ReaderPlan } from "../../source.js";

/** One number of a text file, and what must stand around it for the number to be trusted. */
export interface TextAt {
	path: string;
	/** From 0. */
	line: number;
	/** What the line begins with; write it up to and with a separator, or `cpu1` matches `cpu10` too. "": unchecked. */
	label: string;
	/** From 0, in the whole line, label included; see fields(). */
	field: number;
	/** u64 and i64: decimal; f64: decimal fraction; x64: hexadecimal; number: decimal or 0x, with or without a sign. */
	kind: "u64" | "i64" | "f64" | "x64" | "number";
	/** Lines elsewhere in the file that name its columns: what they must begin with. */
	headers?: readonly { line: number; text: string }[];
	/** Fields of the same line that must be just this text. */
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

/** Without the empty string behind the last newline. */
export const lines = (text: string): string[] => text.replace(/\n$/, "").split("\n");

/** Splits a line as number.h does: spaces, tabs, '=' and ':' separate. */
export const fields = (line: string): string[] => line.split(/[ \t:=]+/).filter((field) => field !== "");

/** What lines must begin with, in order of line. Two counters that disagree come from different readings of the file. */
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
	/** What the plan line says; the same key twice is said once. */
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

/** One reader that fills column i with counters[i] and reads each file once; none where there are no counters. */
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
