// SPDX-License-Identifier: Apache-2.0
/** Which part of a recording is exported, and as what. */
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
	/** Nanoseconds since the epoch: the first that is wanted; null: from the start. */
	readonly from_ns: bigint | null;
	/** The first that is no longer wanted; null: to the end. */
	readonly to_ns: bigint | null;
	/** Globs over ids; empty: all. */
	readonly counters: readonly string[];
	/** Names; empty: all. */
	readonly streams: readonly string[];
	readonly as: Form;
	/** Length of a bucket; null: every row. */
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

/** What is exported of one counter: one column, or two where an envelope is asked for. */
export interface Chosen {
	readonly of: Counted;
	readonly columns: readonly ExportColumn[];
}

/** Every glob must match something, or whoever wrote it would miss what it was for without a word. */
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
		`'${glob}' matches no counter that is selected${near ? `; did you mean '${near}'?` : `; there are ${some}, which --counters takes as globs, as in '*/${ids[0]?.split("/").at(-1) ?? "*"}'`}`,
	);
}

/** A gauge has no rate: asked for by its name that is refused, matched by a glob its values are exported. */
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

/** A counter as values, deltas or rates, before any buckets. What moved goes both ways: it is a gauge. */
function inForm(of: Counted, as: Form): ExportColumn {
	const { stream: _, ...plain } = of;
	const asked = of.semantics === "counter" ? as : "value";
	const base = { ...plain, as: asked, part: null };
	if (asked === "delta") return { ...base, semantics: "gauge", ...deltaType(of.type) };
	if (asked === "rate") return { ...base, semantics: "gauge", ...double, unit: perSecond(of.unit) };
	return base;
}

const perSecond = (unit: string): string => `${unit === "none" ? "1" : unit}/s`;

/** In buckets. The mean reading of a counter says nothing, so a counter keeps the first reading, from which rates stay exact. */
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
