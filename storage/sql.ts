// SPDX-License-Identifier: Apache-2.0
/**
 * SQL that may be run. The type is a brand, and what runs SQL takes nothing else. Text becomes SQL in four ways only: in the tagged
 * template `sql`, as a quoted name, as a quoted text, or from a file of this package; and what a user typed is run as it was typed. A
 * name from a file cannot become SQL by mistake, because the compiler refuses a plain string (test/storage/sql-brand.test.ts).
 *
 *   sql`SELECT ${name(column)} FROM ${name(stream)} WHERE tick >= ${tick} AND reason IN (${join(reasons.map(text))})`
 */
import { readFileSync } from "node:fs";
import { assert } from "../base/errors.js";
import { packageFile } from "../base/paths.js";

declare const brand: unique symbol;
export type Sql = string & { readonly [brand]: true };

/** What a template takes. A string is none of them: say name(...) or text(...). */
export type SqlValue = Sql | bigint | number | boolean | null;

const written = (value: SqlValue): string => {
	if (value === null) return "NULL";
	if (typeof value === "number") assert(Number.isFinite(value), "a number in SQL is finite");
	return String(value);
};

/** SQL with values in it: numbers and booleans as literals, null as NULL, other SQL as it is. */
export const sql = (parts: TemplateStringsArray, ...values: readonly SqlValue[]): Sql =>
	parts.reduce((before, part, i) => `${before}${written(values[i - 1]!)}${part}`) as Sql;

/** An identifier, whatever is in it: eth0 "rx" to "eth0 ""rx""". */
export const name = (identifier: string): Sql => `"${identifier.replaceAll('"', '""')}"` as Sql;

/** A text literal, whatever is in it: it's to 'it''s'. */
export const text = (value: string): Sql => `'${value.replaceAll("'", "''")}'` as Sql;

/** A text literal, or NULL. */
export const optionalText = (value: string | null | undefined): Sql => (value == null ? sql`NULL` : text(value));

/** A literal of type VARCHAR[]. */
export const texts = (values: readonly string[]): Sql => sql`[${join(values.map(text))}]::VARCHAR[]`;

/** A literal of type TIMESTAMP_NS. @param ns since 1970, UTC */
export const timestamp = (ns: bigint): Sql => sql`make_timestamp_ns(${ns})`;

/** Pieces of SQL with a separator between them, by default a comma. */
export const join = (pieces: readonly Sql[], separator: Sql = sql`, `): Sql => pieces.join(separator) as Sql;

/** A file of this package. @param path from the root of the package */
export const shipped = (path: string): Sql => readFileSync(packageFile(path), "utf8") as Sql;

/** What a user typed, to be run as it is: with the user's rights in mind, so only in a session that is shut off from everything. */
export const typedByUser = (statements: string): Sql => statements as Sql;

/** The end of a file of this package, without the comment that it starts with. @param length characters before it */
export const after = (whole: Sql, length: number): Sql => whole.slice(length) as Sql;

/** SQL of this package in which everything that matches is replaced by other SQL. */
export const filled = (template: Sql, placeholders: RegExp, replacement: (...groups: string[]) => Sql): Sql =>
	template.replace(placeholders, (_, ...groups: string[]) => replacement(...groups)) as Sql;

/** A number as it was written, where a double would round it: digits, a point and a power of ten. Fails for anything else. */
export function decimal(digits: string): Sql {
	assert(/^-?(\d+(\.\d+)?|\.\d+)(e[+-]?\d{1,3})?$/i.test(digits), "a number is digits, a point and a power of ten");
	return digits as Sql;
}
