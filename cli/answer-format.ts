// SPDX-License-Identifier: Apache-2.0
/** Writes rows of a result as text: an aligned table for people, CSV and JSON for machines. */

import { clean, toJson } from "../base/clean.js";
import { asText, quoted } from "../base/csv-cell.js";
import { usageError } from "../base/errors.js";
import type { Chunks, Column } from "../library/open-recording.js";
import type { Value } from "../storage/recording.js";
import { table } from "./table.js";

export const formats = ["table", "csv", "json", "ndjson", "arrow"] as const;
/** "spreadsheet": CSV in which text that a spreadsheet would take for a formula is marked as text. */
export type Format = (typeof formats)[number] | "spreadsheet";

export type Write = (bytes: string | Uint8Array) => Promise<void>;
type Writer = (columns: readonly Column[], chunks: Chunks, write: Write) => Promise<void>;

const plain = (value: Value): string => (value === null || value === undefined ? "" : String(value));

/** Integers and decimals keep all their digits: numbers in JSON have no limit, although some readers have one. */
function json(value: Value): string {
	if (value === null || value === undefined) return "null";
	if (typeof value === "bigint") return value.toString();
	if (typeof value === "number") return Number.isFinite(value) ? String(value) : "null";
	if (typeof value === "boolean" || (typeof value === "object" && "scale" in value)) return String(value);
	if (typeof value === "object" && "items" in value)
		return `[${(value as { items: readonly Value[] }).items.map(json).join(",")}]`;
	return toJson(String(value));
}

const csvCell = (value: Value): string => quoted(plain(value));
const sheetCell = (value: Value): string => quoted(asText(plain(value)));

const object = (columns: readonly Column[], row: readonly Value[]): string =>
	`{${columns.map((column, i) => `${toJson(column.name)}:${json(row[i]!)}`).join(",")}}`;

type WriteCell = (value: Value) => string;

async function writeLines(
	head: readonly string[],
	cells: readonly WriteCell[],
	chunks: Chunks,
	write: Write,
): Promise<void> {
	await write(`${head.join(",")}\n`);
	for await (const rows of chunks)
		await write(rows.map((row) => `${row.map((value, i) => cells[i]!(value)).join(",")}\n`).join(""));
}

const writeCsv: Writer = (columns, chunks, write) =>
	writeLines(
		columns.map(({ name }) => quoted(name)),
		columns.map(() => csvCell),
		chunks,
		write,
	);

/** Columns of numbers are not marked: -5 is a number, not a text that starts with a sign. */
const writeSpreadsheet: Writer = (columns, chunks, write) =>
	writeLines(
		columns.map(({ name }) => quoted(asText(name))),
		columns.map((column) => (isNumeric(column) ? csvCell : sheetCell)),
		chunks,
		write,
	);

async function writeNdjson(columns: readonly Column[], chunks: Chunks, write: Write): Promise<void> {
	for await (const rows of chunks) await write(rows.map((row) => `${object(columns, row)}\n`).join(""));
}

async function writeJson(columns: readonly Column[], chunks: Chunks, write: Write): Promise<void> {
	let separator = "[";
	for await (const rows of chunks)
		for (const row of rows) {
			await write(`${separator}${object(columns, row)}`);
			separator = ",\n";
		}
	await write(separator === "[" ? "[]\n" : "]\n");
}

const numeric = /^(U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|FLOAT|DOUBLE|DECIMAL.*)$/;
export const isNumeric = ({ type }: Column): boolean => numeric.test(String(type));

/** A value as a cell of a table. */
export const cell = (value: Value): string => (value === null || value === undefined ? "NULL" : clean(String(value)));

/** Whether this is the answer to EXPLAIN, which is a drawing of many lines. */
export const isPlan = (columns: readonly Column[]): boolean => columns[1]?.name === "explain_value";

async function writePlan(chunks: Chunks, write: Write): Promise<void> {
	for await (const rows of chunks)
		for (const [, plan] of rows) await write(`${plain(plan!).trimEnd().split("\n").map(clean).join("\n")}\n`);
}

/** Reads all rows before it writes, since it must know the widths. */
async function writeTable(columns: readonly Column[], chunks: Chunks, write: Write): Promise<void> {
	if (isPlan(columns)) return writePlan(chunks, write);
	const rows: string[][] = [];
	for await (const chunk of chunks) for (const row of chunk) rows.push(row.map(cell));
	const titles = columns.map((column) => ({ title: column.name, right: isNumeric(column) }));
	await write(`${table(titles, rows).join("\n")}\n`);
}

/** Arrow is loaded only when it is used. */
async function writeArrowStream(columns: readonly Column[], chunks: Chunks, write: Write): Promise<void> {
	const { writeArrow } = await import("../encode/arrow-answer.js");
	await writeArrow(columns, chunks, write);
}

const writers: Readonly<Record<Format, Writer>> = {
	table: writeTable,
	csv: writeCsv,
	spreadsheet: writeSpreadsheet,
	json: writeJson,
	ndjson: writeNdjson,
	arrow: writeArrowStream,
};

/** A function that writes answers one after the other. */
export function writerOf(format: Format, write: Write): (columns: readonly Column[], chunks: Chunks) => Promise<void> {
	let answers = 0;
	return async (columns, chunks) => {
		if (answers++ > 0 && format === "arrow")
			throw usageError("an Arrow stream holds one answer; give one statement, or use another format");
		if (answers > 1 && format === "table") await write("\n");
		await writers[format](columns, chunks, write);
	};
}
