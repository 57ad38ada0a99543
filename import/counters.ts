// SPDX-License-Identifier: Apache-2.0
/** Tells what columns without a description count: their names become ids, and their values tell counters from
 *  gauges. */
import { usageError } from "../base/errors.js";
import { distinct, globToRegExp, identifier } from "../base/text.js";
import { type CellType, counterId, type Semantics } from "../kernel/source.js";
import type { RecordedStream } from "../sampler/recorded.js";
import { MAX_COLUMNS } from "../sampler/selection.js";
import { join, name as quoted, type Sql, sql } from "../storage/sql.js";
import type { StagedColumn, Staging } from "./staging.js";
import { isInteger, isNumber } from "./time.js";

type Column = RecordedStream["columns"][number];

export interface Counters {
	readonly columns: readonly Column[];
	/** SQL over the staged rows, in the same order. */
	readonly values: readonly Sql[];
	readonly leftOut: readonly string[];
}

export interface Naming {
	readonly source: string;
	/** Globs over ids and column names. */
	readonly counter: readonly string[];
	readonly gauge: readonly string[];
}

interface Values {
	readonly falls: bigint;
	readonly whole: boolean | null;
	/** Whether all of them fit into unsigned, and into signed integers of 64 bits. */
	readonly unsigned: boolean | null;
	readonly signed: boolean | null;
}

const U64 = 2n ** 64n - 1n;
const I64 = 2n ** 63n - 1n;

const flags: Values = { falls: 0n, whole: true, unsigned: true, signed: true };

const RESERVED = ["ts", "tick", "read_ns"];

const isCountable = ({ type }: StagedColumn): boolean => isNumber(type) || type === "BOOLEAN";

/** Tells what the values of each column are like, in one pass over all rows. */
async function look(staging: Staging, columns: readonly StagedColumn[]): Promise<Values[]> {
	if (columns.length === 0) return [];
	const of = (what: string, i: number): Sql => quoted(`${what}${i}`);
	const asked = columns.map(({ type }, i) => {
		const value = of("value", i);
		return sql`count(*) FILTER (${value} < ${of("highest", i)}) AS ${of("falls", i)},
			min(${value}) >= 0 AND max(${value}) <= ${U64} AS ${of("unsigned", i)},
			min(${value}) >= -${I64} - 1 AND max(${value}) <= ${I64} AS ${of("signed", i)},
			${isInteger(type) ? sql`true` : sql`bool_and(${value} = floor(${value}))`} AS ${of("whole", i)}`;
	});
	const values = columns.map(({ name }, i) => {
		const column = quoted(name);
		return sql`${column} AS ${of("value", i)},
			max(${column}) OVER (ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS ${of("highest", i)}`;
	});
	const row = await staging.row(sql`SELECT ${join(asked)} FROM (SELECT ${join(values)} FROM staging.rows)`);
	return columns.map((_, i) => ({
		falls: row[`falls${i}`] as bigint,
		whole: row[`whole${i}`] as boolean | null,
		unsigned: row[`unsigned${i}`] as boolean | null,
		signed: row[`signed${i}`] as boolean | null,
	}));
}

/** Splits `source:instance/name`. Any other name belongs to the given source. */
function named(name: string, source: string): Pick<Column, "source" | "instance" | "counter"> {
	const match = /^([a-z][a-z0-9_]*):(?:(.+)\/)?([^/]+)$/.exec(name);
	if (!match) return { source, instance: "", counter: name };
	return { source: match[1]!, instance: match[2] ?? "", counter: match[3]! };
}

const sqlTypes: Readonly<Record<CellType, Sql>> = { u64: sql`UBIGINT`, i64: sql`BIGINT`, f64: sql`DOUBLE` };

/** Chooses the type of cells. Signed columns stay signed, except counters, which are never negative. */
function cellOf(type: string, semantics: Semantics, { unsigned, signed }: Values): CellType {
	if (type === "BOOLEAN") return "u64";
	if (!isInteger(type)) return "f64";
	if (unsigned !== false && (type.startsWith("U") || semantics === "counter")) return "u64";
	return signed !== false ? "i64" : unsigned ? "u64" : "f64";
}

const idOf = (parts: ReturnType<typeof named>): string => counterId({ ...parts, name: parts.counter });

/** Whether a glob matches a column, by its name or its id. */
const means = (glob: string, { name }: StagedColumn, source: string): boolean =>
	[name, idOf(named(name, source))].some((text) => globToRegExp(glob).test(text));

/** Refuses a glob that matches nothing; otherwise its author would not learn that it had no effect. */
function checkGlobs(columns: readonly StagedColumn[], { source, counter, gauge }: Naming, file: string): void {
	for (const [flag, globs] of Object.entries({ counter, gauge }))
		for (const glob of globs)
			if (!columns.some((column) => means(glob, column, source)))
				throw usageError(
					`'${glob}' of --${flag} matches no numeric column of ${file}, which has ${columns.map(({ name }) => name).join(", ")}`,
				);
}

function describe(column: StagedColumn, values: Values, { source, counter, gauge }: Naming): Omit<Column, "name"> {
	const parts = named(column.name, source);
	const id = idOf(parts);
	const told = (globs: readonly string[]): boolean => globs.some((glob) => means(glob, column, source));
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
			`${file} has no column of numbers beside its time${rest.length > 0 ? ` (${leftOut.join(", ")} are not numbers)` : ""}, so there is nothing to count`,
		);
	if (usable.length > MAX_COLUMNS)
		throw usageError(`${file} has ${usable.length} columns of numbers; one stream holds at most ${MAX_COLUMNS}`);
	checkGlobs(usable, naming, file);
	const numbers = usable.filter(({ type }) => type !== "BOOLEAN");
	const looked = new Map((await look(staging, numbers)).map((values, i) => [numbers[i]!.name, values]));
	const plain = usable.map((column) => describe(column, looked.get(column.name) ?? flags, naming));
	const names = distinct(
		plain.map((c) => identifier(c.instance === "" ? c.counter : `${c.instance}_${c.counter}`, c.source)),
		RESERVED,
	);
	return {
		columns: plain.map((column, i) => ({ ...column, name: names[i]! })),
		values: usable.map(({ name }, i) => sql`${quoted(name)}::${sqlTypes[plain[i]!.type]}`),
		leftOut,
	};
}
