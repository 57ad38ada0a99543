// SPDX-License-Identifier: Apache-2.0
/** The part of a recording that is exported, and the form of its values. */
import { usageError } from "../base/errors.js";
import { globToRegExp, nearest } from "../base/text.js";
import type { Nanoseconds } from "../base/units.js";
import type { CellType } from "../kernel/source.js";
import type { ExportColumn } from "./input.js";

export type Form = "value" | "delta" | "rate";
export const forms: readonly Form[] = ["value", "delta", "rate"];
export type Down = "mean" | "envelope";
export const downs: readonly Down[] = ["mean", "envelope"];

export interface Selection {
	/** The first moment that is selected, in nanoseconds since the epoch; null: from the start. */
	readonly from_ns: bigint | null;
	/** The first moment that is no longer selected; null: to the end. */
	readonly to_ns: bigint | null;
	/** Globs over ids; empty: all counters. */
	readonly counters: readonly string[];
	/** Names; empty: all streams. */
	readonly streams: readonly string[];
	readonly as: Form;
	/** Length of a bucket; null: every row is exported. */
	readonly bucket_ns: Nanoseconds | null;
	readonly down: Down;
}

export const everything: Selection = {
	from_ns: null,
	to_ns: null,
	counters: [],
	streams: [],
	as: "value",
	bucket_ns: null,
	down: "mean",
};

/** A row of `counters`. */
export interface Counted extends Omit<ExportColumn, "as" | "part"> {
	readonly stream: string;
}

/** What is exported of one counter: one column, or two for an envelope. */
export interface Chosen {
	readonly of: Counted;
	readonly columns: readonly ExportColumn[];
}

/** The counters that match. Refuses a glob that matches nothing; otherwise its author would not learn that it had no
 *  effect. */
export function matching(counters: readonly Counted[], globs: readonly string[]): Counted[] {
	if (globs.length === 0) return [...counters];
	const ids = counters.map(({ id }) => id);
	const patterns = globs.map((glob) => {
		const pattern = globToRegExp(glob);
		if (!ids.some((id) => pattern.test(id))) throw noCounter(glob, ids);
		return pattern;
	});
	return counters.filter(({ id }) => patterns.some((pattern) => pattern.test(id)));
}

function noCounter(glob: string, ids: readonly string[]): Error {
	const near = nearest(glob, ids);
	const some = [...ids.slice(0, 3), ...(ids.length > 3 ? ["..."] : [])].join(", ");
	return usageError(
		`'${glob}' matches no selected counter${near ? `; did you mean '${near}'?` : `; there are ${some}, which --counters takes as globs, as in '*/${ids[0]?.split("/").at(-1) ?? "*"}'`}`,
	);
}

/** Checks that counters have the asked form. A gauge has no rate: named by its id it is refused, matched by a glob its
 *  values are exported. */
export function checkForm({ as, counters }: Selection, all: readonly Counted[]): void {
	if (as === "value") return;
	const named = all.find(({ id, semantics }) => semantics !== "counter" && counters.includes(id));
	if (named)
		throw usageError(
			`${named.id} is a ${named.semantics}, which has values but no ${as}; export it with --as value, or leave it out`,
		);
}

const deltaType = (type: CellType): Pick<ExportColumn, "type" | "width"> => ({ type, width: 64 });
const double = { type: "f64", width: 64 } as const;

/** The column of a counter as values, deltas or rates, before any buckets. A delta or rate goes up and down, so it is a
 *  gauge. */
function inForm(of: Counted, as: Form): ExportColumn {
	const { stream: _, ...plain } = of;
	const asked = of.semantics === "counter" ? as : "value";
	const base = { ...plain, as: asked, part: null };
	if (asked === "delta") return { ...base, semantics: "gauge", ...deltaType(of.type) };
	if (asked === "rate") return { ...base, semantics: "gauge", ...double, unit: perSecond(of.unit) };
	return base;
}

const perSecond = (unit: string): string => `${unit === "none" ? "1" : unit}/s`;

/** The column in buckets. A mean of readings of a counter means nothing, so a counter keeps the first reading, from
 *  which rates stay exact. */
function inBuckets(column: ExportColumn, down: Down): ExportColumn[] {
	if (down === "envelope")
		return (["min", "max"] as const).map((part) => ({ ...column, name: `${column.name}_${part}`, part }));
	if (column.as === "delta") return [{ ...column, part: "sum" }];
	if (column.semantics === "counter") return [{ ...column, part: "first" }];
	return [{ ...column, ...double, semantics: "gauge", part: "mean" }];
}

export function choose(of: Counted, { as, bucket_ns, down }: Selection): Chosen {
	const column = inForm(of, as);
	return { of, columns: bucket_ns === null ? [column] : inBuckets(column, down) };
}
