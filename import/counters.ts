// SPDX-License-Identifier: Apache-2.0
/** What columns that nobody describes count: names become ids, and the values tell counters from gauges. */
import { usageError } from "../base/errors.js";
import { distinct, globToRegExp, identifier } from "../base/text.js";
import { type CellType, counterId, type Semantics } from "../kernel/source.js";
import { MAX_COLUMNS } from "../sampler/selection.js";
import type { RecordedStream } from "../storage/protocol.js";
import { q, type StagedColumn, type Staging } from "./staging.js";
import { isInteger, isNumber } from "./time.js";

type Column = RecordedStream["columns"][number];

export interface Counters {
	readonly columns: readonly Column[];
	/** SQL over the staged rows, in the same order. */
	readonly values: readonly string[];
	readonly leftOut: readonly string[];
}

export interface Naming {
	readonly source: string;
	/** Globs over ids and names of columns. */
	readonly counter: readonly string[];
	readonly gauge: readonly string[];
}

interface Values {
	readonly falls: bigint;
	readonly least: number | null;
	readonly whole: boolean | null;
}

const RESERVED = ["ts", "tick", "read_ns"];

const isCountable = ({ type }: StagedColumn): boolean => isNumber(type) || type === "BOOLEAN";

/** How often each column falls below what it was, its least value, and whether all are whole; one pass over all rows. */
async function look(staging: Staging, columns: readonly StagedColumn[]): Promise<Values[]> {
	if (columns.length === 0) return [];
	const highest = (name: string): string => `max(${q(name)}) OVER (ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)`;
	const asked = columns.map(
		({ name, type }, i) => `count(*) FILTER (${q(name)} < m${i}) AS falls${i}, min(${q(name)})::DOUBLE AS least${i},
			${isInteger(type) ? "true" : `bool_and(${q(name)} = floor(${q(name)}))`} AS whole${i}`,
	);
	const row = await staging.row(`SELECT ${asked.join(", ")} FROM
		(SELECT *, ${columns.map(({ name }, i) => `${highest(name)} AS m${i}`).join(", ")} FROM staging.rows)`);
	return columns.map((_, i) => ({
		falls: row[`falls${i}`] as bigint,
		least: row[`least${i}`] as number | null,
		whole: row[`whole${i}`] as boolean | null,
	}));
}

/** `source:instance/name` as it is written; any other name is one of the source that was given. */
function named(name: string, source: string): Pick<Column, "source" | "instance" | "counter"> {
	const match = /^([a-z][a-z0-9_]*):(?:(.+)\/)?([^/]+)$/.exec(name);
	if (!match) return { source, instance: "", counter: name };
	return { source: match[1]!, instance: match[2] ?? "", counter: match[3]! };
}

const sqlTypes = { u64: "UBIGINT", i64: "BIGINT", f64: "DOUBLE" } as const;

function cellOf(type: string, semantics: Semantics, { least }: Values): CellType {
	if (type === "BOOLEAN") return "u64";
	if (!isInteger(type) || type.endsWith("HUGEINT")) return "f64";
	return type.startsWith("U") || (semantics === "counter" && (least ?? 0) >= 0) ? "u64" : "i64";
}

function describe(column: StagedColumn, values: Values, { source, counter, gauge }: Naming): Omit<Column, "name"> {
	const parts = named(column.name, source);
	const id = counterId({ ...parts, name: parts.counter });
	const told = (globs: readonly string[]): boolean =>
		globs.some((glob) => globToRegExp(glob).test(id) || globToRegExp(glob).test(column.name));
	const grows = values.falls === 0n && values.whole === true;
	const guess: Semantics = column.type === "BOOLEAN" ? "flag" : grows ? "counter" : "gauge";
	const semantics = told(counter) ? "counter" : told(gauge) ? "gauge" : guess;
	const type = cellOf(column.type, semantics, values);
	return { id, ...parts, unit: "none", semantics, width: 64, type, help: "Imported." };
}

export async function countersOf(
	staging: Staging,
	taken: readonly string[],
	naming: Naming,
	file: string,
): Promise<Counters> {
	const rest = (await staging.columns()).filter(({ name }) => !taken.includes(name));
	const usable = rest.filter(isCountable);
	const leftOut = rest.filter((column) => !isCountable(column)).map(({ name }) => name);
	if (usable.length === 0)
		throw usageError(
			`${file} has no column of numbers beside its time${rest.length > 0 ? ` (${leftOut.join(", ")} are none)` : ""}, so there is nothing to count`,
		);
	if (usable.length > MAX_COLUMNS)
		throw usageError(`${file} has ${usable.length} columns of numbers; one stream holds at most ${MAX_COLUMNS}`);
	const numbers = usable.filter(({ type }) => type !== "BOOLEAN");
	const looked = new Map((await look(staging, numbers)).map((values, i) => [numbers[i]!.name, values]));
	const plain = usable.map((column) =>
		describe(column, looked.get(column.name) ?? { falls: 0n, least: 0, whole: true }, naming),
	);
	const names = distinct(
		plain.map((c) => identifier(c.instance === "" ? c.counter : `${c.instance}_${c.counter}`, c.source)),
		RESERVED,
	);
	return {
		columns: plain.map((column, i) => ({ ...column, name: names[i]! })),
		values: usable.map(({ name }, i) => `${q(name)}::${sqlTypes[plain[i]!.type]}`),
		leftOut,
	};
}
