// SPDX-License-Identifier: Apache-2.0
/**
 * SQL that may be run. The type is a brand, and functions that run SQL take nothing else. Text becomes SQL in four ways
 * only: in the tagged template `sql`, as a quoted name, as a quoted text, or from a file of this package. What a user
 * typed is run unchanged. A name from a file cannot become SQL by mistake, because the compiler refuses a plain string
 * (test/storage/sql-brand.test.ts).
 *
 *   sql`SELECT ${name(column)} FROM ${name(stream)} WHERE tick >= ${tick} AND reason IN (${join(reasons.map(text))})`
 */
import { readFileSync } from "node:fs";
import { assert } from "../base/errors.js";
import { packageFile } from "../base/paths.js";

declare const brand: unique symbol;
export type Sql = string & { readonly [brand]: true };

/** What a template takes. A string is not among them: use name(...) or text(...). */
export type SqlValue = Sql | bigint | number | boolean | null;

const written = (value: SqlValue): string => {
	if (value === null) return "NULL";
	if (typeof value === "number") assert(Number.isFinite(value), "a number in SQL is finite");
	return String(value);
};

/** SQL with values in it: numbers and booleans become literals, null becomes NULL, other SQL stays as it is. */
export const sql = (parts: TemplateStringsArray, ...values: readonly SqlValue[]): Sql =>
	parts.reduce((before, part, i) => `${before}${written(values[i - 1]!)}${part}`) as Sql;

/** A quoted identifier, whatever it holds: eth0 "rx" becomes "eth0 ""rx""". */
export const name = (identifier: string): Sql => `"${identifier.replaceAll('"', '""')}"` as Sql;

/** A text literal, whatever it holds: it's becomes 'it''s'. */
export const text = (value: string): Sql => `'${value.replaceAll("'", "''")}'` as Sql;

/** A text literal, or NULL. */
export const optionalText = (value: string | null | undefined): Sql => (value == null ? sql`NULL` : text(value));

/** A literal of type VARCHAR[]. */
export const texts = (values: readonly string[]): Sql => sql`[${join(values.map(text))}]::VARCHAR[]`;

/** A literal of type TIMESTAMP_NS. @param ns nanoseconds since 1970, UTC */
export const timestamp = (ns: bigint): Sql => sql`make_timestamp_ns(${ns})`;

/** Joins pieces of SQL with a separator, by default a comma. */
export const join = (pieces: readonly Sql[], separator: Sql = sql`, `): Sql => pieces.join(separator) as Sql;

/** The SQL in a file of this package. @param path path below the root of the package */
export const shipped = (path: string): Sql => readFileSync(packageFile(path), "utf8") as Sql;

/** What a user typed, unchanged. Run it only in a session that is shut off from everything, since it has the user's
 *  rights. */
export const typedByUser = (statements: string): Sql => statements as Sql;

/** A file of this package without the comment at its start. @param length number of characters to leave out */
export const after = (whole: Sql, length: number): Sql => whole.slice(length) as Sql;

/** SQL of this package in which each match is replaced by other SQL. */
export const filled = (template: Sql, placeholders: RegExp, replacement: (...groups: string[]) => Sql): Sql =>
	template.replace(placeholders, (_, ...groups: string[]) => replacement(...groups)) as Sql;

/** A number as it was written, where a double would round it. It must be digits, a point and a power of ten. */
export function decimal(digits: string): Sql {
	assert(/^-?(\d+(\.\d+)?|\.\d+)(e[+-]?\d{1,3})?$/i.test(digits), "a number is digits, a point and a power of ten");
	return digits as Sql;
}
