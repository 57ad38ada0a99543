// SPDX-License-Identifier: Apache-2.0
/** Compares two recordings that a session has open: per counter, how its rate differs. */
import { type Compared, comparison, type Side } from "../queries/comparison.js";
import { byChange, type Difference, difference } from "../queries/difference.js";
import { defaultWindow, type Held, type Pairing, pair } from "../queries/pairing.js";
import { name, type Sql, sql } from "../storage/sql.js";
import { coverageOf, type StreamCoverage } from "./coverage.js";
import { recordingsOf, rowsOf, type Session } from "./session.js";

export interface Contrast {
	/** Every counter of both recordings, those that changed most first. */
	readonly differences: readonly Difference[];
	/** Ids of counters that only one of the recordings has. */
	readonly onlyA: readonly string[];
	readonly onlyB: readonly string[];
	/** Coverage of the compared streams of each recording, computed when it is asked for. */
	coverage(): Promise<{ readonly a: readonly StreamCoverage[]; readonly b: readonly StreamCoverage[] }>;
}

async function countersOf(session: Session, catalog: string): Promise<Held[]> {
	const rows = await rowsOf(
		session,
		sql`SELECT c.id, c.unit, c.semantics, c.width, c.stream, c.column_name, coalesce(s.granted_ns, s.period_ns) AS period_ns
		FROM ${name(catalog)}.counters c JOIN ${name(catalog)}.streams s ON s.name = c.stream`,
	);
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

/** The length of the shorter of the two streams, in ns. */
async function spanOf(session: Session, { a, b }: Pairing): Promise<number> {
	const of = ({ catalog, stream }: Side): Sql =>
		sql`(SELECT epoch_ns(max(ts)) - epoch_ns(min(ts)) FROM ${name(catalog)}.${name(stream)})`;
	const [row] = await rowsOf(session, sql`SELECT least(${of(a)}, ${of(b)}) AS ns`);
	return Number(row!.ns ?? 0);
}

const without = (counters: readonly Compared[], others: readonly Compared[]): string[] => {
	const known = new Set(others.map(({ id }) => id));
	return [...new Set(counters.map(({ id }) => id))].filter((id) => !known.has(id));
};

const coverageOfSides = (session: Session, sides: readonly Side[]): Promise<StreamCoverage[]> =>
	sides.length === 0
		? Promise.resolve([])
		: coverageOf(session, { recording: sides[0]!.catalog, streams: sides.map(({ stream }) => stream) });

/** Compares the recordings of a session.
 *  @param session session with two recordings, A first
 *  @param wanted which counters to compare, by id
 *  @param window_ns length of the windows; null: chosen for each pair of streams */
export async function contrast(
	session: Session,
	wanted: (id: string) => boolean,
	window_ns: number | null,
): Promise<Contrast> {
	const [a, b] = await recordingsOf(session);
	const inA = (await countersOf(session, a!)).filter(({ id }) => wanted(id));
	const inB = (await countersOf(session, b!)).filter(({ id }) => wanted(id));
	const pairings = pair(inA, inB);
	const differences: Difference[] = [];
	for (const pairing of pairings) {
		const window = window_ns ?? defaultWindow(pairing, await spanOf(session, pairing));
		const rows = await rowsOf(session, comparison(pairing.a, pairing.b, pairing.counters, window));
		for (const row of rows) differences.push(difference(row, pairing.counters[Number(row.i)]!, window));
	}
	const sidesOf = (side: "a" | "b"): Side[] => pairings.map((pairing) => pairing[side]);
	return {
		differences: differences.sort(byChange),
		onlyA: without(inA, inB),
		onlyB: without(inB, inA),
		coverage: async () => ({
			a: await coverageOfSides(session, sidesOf("a")),
			b: await coverageOfSides(session, sidesOf("b")),
		}),
	};
}
