// SPDX-License-Identifier: Apache-2.0
/** Finds the column that is the time, whatever its type, and gives SQL for nanoseconds since the epoch. */
import { usageError } from "../base/errors.js";
import { listed, nearest, shortened } from "../base/text.js";
import { name as quoted, type Sql, sql } from "../storage/sql.js";
import type { StagedColumn, Staging } from "./staging.js";

export const timeUnits = ["s", "ms", "us", "ns"] as const;
export type TimeUnit = (typeof timeUnits)[number];

const factor: Record<TimeUnit, bigint> = { s: 1_000_000_000n, ms: 1_000_000n, us: 1000n, ns: 1n };

/** Names of times in order of preference, for numbers and texts. A column with a type for times comes first. */
const names = ["ts", "time", "timestamp", "datetime", "date", "epoch", "unixtime", "clock", "t"];
const withUnit = new RegExp(`^(?:${names.join("|")})(?:_(ns|us|ms|s))?$`, "i");

const isTime = (type: string): boolean => /^(TIMESTAMP|DATE)/.test(type);
const isInteger = (type: string): boolean => /^U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?$/.test(type);
const isNumber = (type: string): boolean => isInteger(type) || /^(FLOAT|DOUBLE|DECIMAL.*)$/.test(type);

export { isInteger, isNumber };

export interface Time {
	readonly column: string;
	/** SQL of type BIGINT. */
	readonly ns: Sql;
	readonly note: string | null;
}

const list = (columns: readonly StagedColumn[]): string =>
	listed(columns.map(({ name, type }) => `${shortened(name)} (${type})`));

function choose(columns: readonly StagedColumn[], asked: string | undefined, file: string): StagedColumn {
	if (asked !== undefined) {
		const found = columns.find(({ name }) => name === asked);
		if (found) return found;
		const near = nearest(
			asked,
			columns.map(({ name }) => name),
		);
		throw usageError(
			`${file} has no column '${asked}'${near ? `; did you mean '${shortened(near)}'?` : `; its columns are ${list(columns)}`}`,
		);
	}
	const byName = columns
		.filter(({ name, type }) => withUnit.test(name) && (isNumber(type) || type === "VARCHAR"))
		.sort((a, b) => rank(a.name) - rank(b.name));
	const chosen = columns.find(({ type }) => isTime(type)) ?? byName[0];
	if (chosen) return chosen;
	throw usageError(
		`${file} has no column that looks like a time; name it with --time; its columns are ${list(columns)}`,
	);
}

const rank = (name: string): number => names.indexOf(name.toLowerCase().replace(/_(ns|us|ms|s)$/, ""));

/** Guesses the unit of times since 1970. A number that would be a time before 1973 in any unit counts seconds from some
 *  start. */
function guessUnit(largest: number): TimeUnit {
	if (largest >= 1e17) return "ns";
	if (largest >= 1e14) return "us";
	return largest >= 1e11 ? "ms" : "s";
}

/** A double holds today's date to a quarter of a microsecond, so digits after the microseconds are noise. */
function inNanoseconds(column: Sql, type: string, factor: bigint): Sql {
	if (isInteger(type)) return sql`(${column}::HUGEINT * ${factor})::BIGINT`;
	if (type.startsWith("DECIMAL")) return sql`(${column}::DECIMAL(38, 9) * ${factor})::BIGINT`;
	const ns = sql`${column}::DOUBLE * ${factor}`;
	return sql`CASE WHEN abs(${ns}) < 1e15 THEN (${ns})::BIGINT ELSE round(${ns} / 1000)::BIGINT * 1000 END`;
}

export async function timeOf(
	staging: Staging,
	asked: string | undefined,
	unit: TimeUnit | undefined,
	file: string,
): Promise<Time> {
	const { name, type } = choose(await staging.columns(), asked, file);
	const column = quoted(name);
	if (isTime(type)) return { column: name, ns: sql`epoch_ns(${column})`, note: null };
	if (type === "VARCHAR") {
		const ns = sql`epoch_ns(try_cast(${column} AS TIMESTAMP_NS))`;
		const { bad } = await staging.row(sql`SELECT min(${column}) FILTER (${ns} IS NULL) AS bad FROM staging.rows`);
		if (bad !== null)
			throw usageError(`'${bad}' in column ${name} of ${file} is not a time; name another column with --time`);
		return { column: name, ns, note: null };
	}
	if (!isNumber(type))
		throw usageError(`column ${name} of ${file} is ${type}, which is not a time; name another column with --time`);
	const { largest } = await staging.row(sql`SELECT max(abs(${column}::DOUBLE)) AS largest FROM staging.rows`);
	const said = unit ?? (withUnit.exec(name)?.[1]?.toLowerCase() as TimeUnit | undefined);
	const taken = said ?? guessUnit(Number(largest ?? 0));
	return {
		column: name,
		ns: inNanoseconds(column, type, factor[taken]),
		note: said ? null : `${name} is taken as ${taken} since 1970; give --time-unit if that is wrong`,
	};
}
