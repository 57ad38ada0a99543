// SPDX-License-Identifier: Apache-2.0
/** What comparing two recordings says about one counter, and in which order that is worth reading. */

import { type Compared, comparison, type Side } from "../queries/comparison.js";
import { defaultWindow, type Held, type Pairing, pair } from "../queries/pairing.js";
import type { Row, Value } from "../storage/recording.js";
import { name, type Sql, sql } from "../storage/sql.js";

/** Of the windows of one recording: the rate per second, or the value of a gauge. */
export interface Statistics {
	readonly mean: number;
	readonly p50: number;
	readonly p99: number;
}

export interface Sample {
	readonly windows: number;
	readonly rate: Statistics;
	/** The least and the most that each figure can have been, since a read takes time. */
	readonly slow: Statistics;
	readonly fast: Statistics;
}

export interface Difference {
	readonly id: string;
	readonly unit: string;
	readonly kind: "rate" | "value";
	readonly window_ns: number;
	readonly a: Sample;
	readonly b: Sample;
	/** b / a of the means; null where a is 0. */
	readonly ratio: number | null;
	/** Cliff's delta, -1 to 1: above 0 B is higher. */
	readonly effect: number;
	/** Those figures whose bounds in A and in B do not meet: no read window explains their difference. */
	readonly beyond: readonly (keyof Statistics)[];
}

/** Asks one SQL statement of a database in which both recordings are attached, A first. */
export type Ask = (asked: Sql) => Promise<Row[]>;

const figures = ["mean", "p50", "p99"] as const;

const statistics = (value: Value): Statistics => {
	const { entries } = value as unknown as { entries: Record<string, Value> };
	return Object.fromEntries(figures.map((name) => [name, Number(entries[name])])) as unknown as Statistics;
};

const sample = (row: Row, side: "a" | "b"): Sample => ({
	windows: Number(row[`${side}_n`]),
	rate: statistics(row[`${side}_rate`]!),
	slow: statistics(row[`${side}_slow`]!),
	fast: statistics(row[`${side}_fast`]!),
});

function difference(row: Row, { id, unit, semantics }: Compared, window_ns: number): Difference {
	const [a, b] = [sample(row, "a"), sample(row, "b")];
	const ratio = a.rate.mean === 0 ? null : b.rate.mean / a.rate.mean;
	const beyond = figures.filter((name) => a.fast[name] < b.slow[name] || b.fast[name] < a.slow[name]);
	const kind = semantics === "counter" ? "rate" : "value";
	return { id, unit, kind, window_ns, a, b, ratio, effect: Number(row.effect), beyond };
}

/** 0 where two figures are equal, 1 where one of them is 0. */
const apart = (a: number, b: number): number => (a === b ? 0 : Math.abs(a - b) / (Math.abs(a) + Math.abs(b)));

/** How much a counter changed, 0 to 1: how surely, times how far. A gauge that is always a little higher did not change much,
 *  nor did a counter of which one window in a thousand is. */
export const change = ({ a, b, effect }: Difference): number =>
	Math.abs(effect) * Math.max(...figures.map((name) => apart(a.rate[name], b.rate[name])));

/** What changed most comes first. */
export const byChange = (x: Difference, y: Difference): number =>
	change(y) - change(x) || Math.abs(y.effect) - Math.abs(x.effect) || (x.id < y.id ? -1 : 1);

async function held(ask: Ask, catalog: string): Promise<Held[]> {
	const rows =
		await ask(sql`SELECT c.id, c.unit, c.semantics, c.width, c.stream, c.column_name, coalesce(s.granted_ns, s.period_ns) AS period_ns
		FROM ${name(catalog)}.counters c JOIN ${name(catalog)}.streams s ON s.name = c.stream`);
	return rows.map((row) => ({
		catalog,
		stream: String(row.stream),
		column: String(row.column_name),
		id: String(row.id),
		unit: String(row.unit),
		semantics: String(row.semantics),
		width: Number(row.width),
		period_ns: Number(row.period_ns),
	}));
}

/** The schemas of the recordings, in the order in which they were named. */
async function catalogs(ask: Ask): Promise<string[]> {
	const rows = await ask(
		sql`SELECT schema_name FROM duckdb_schemas() WHERE database_name = 'memory' AND NOT internal ORDER BY oid`,
	);
	return rows.map((row) => String(row.schema_name));
}

async function span(ask: Ask, { a, b }: Pairing): Promise<number> {
	const of = ({ catalog, stream }: Side): Sql =>
		sql`(SELECT epoch_ns(max(ts)) - epoch_ns(min(ts)) FROM ${name(catalog)}.${name(stream)})`;
	const [row] = await ask(sql`SELECT least(${of(a)}, ${of(b)}) AS ns`);
	return Number(row!.ns ?? 0);
}

export interface Contrast {
	/** Every counter of both, what changed most first. */
	readonly differences: readonly Difference[];
	/** Ids that only one of the recordings has. */
	readonly onlyA: readonly string[];
	readonly onlyB: readonly string[];
}

/** @param wanted which counters, by id  @param window_ns length of the windows; null: chosen per pair of streams */
export async function contrast(ask: Ask, wanted: (id: string) => boolean, window_ns: number | null): Promise<Contrast> {
	const [a, b] = await catalogs(ask);
	const inA = (await held(ask, a!)).filter(({ id }) => wanted(id));
	const inB = (await held(ask, b!)).filter(({ id }) => wanted(id));
	const differences: Difference[] = [];
	for (const pairing of pair(inA, inB)) {
		const window = window_ns ?? defaultWindow(pairing, await span(ask, pairing));
		const rows = await ask(comparison(pairing.a, pairing.b, pairing.counters, window));
		for (const row of rows) differences.push(difference(row, pairing.counters[Number(row.i)]!, window));
	}
	return { differences: differences.sort(byChange), ...alone(inA, inB) };
}

function alone(inA: readonly Held[], inB: readonly Held[]): { onlyA: string[]; onlyB: string[] } {
	const [a, b] = [new Set(inA.map(({ id }) => id)), new Set(inB.map(({ id }) => id))];
	return { onlyA: [...a].filter((id) => !b.has(id)), onlyB: [...b].filter((id) => !a.has(id)) };
}
