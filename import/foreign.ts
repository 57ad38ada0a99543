// SPDX-License-Identifier: Apache-2.0
/** Plans the import of another tool's file. What the file does not say is guessed from names and values, and every
 *  guess is told. */
import { distinct, identifier, listed } from "../base/text.js";
import { formatDuration } from "../base/units.js";
import { name as quoted, type Sql, sql } from "../storage/sql.js";
import { type Counters, countersOf } from "./counters.js";
import type { Plan } from "./import-plan.js";
import { pivot, TIME } from "./long.js";
import { ticksOf } from "./period.js";
import type { Staging } from "./staging.js";
import { isInteger, type Time, type TimeUnit, timeOf } from "./time.js";
import { tables } from "./told.js";

export interface Hints {
	/** The source of counters whose columns name none; by default the name of the file. */
	readonly source?: string | undefined;
	readonly time?: string | undefined;
	readonly timeUnit?: TimeUnit | undefined;
	readonly period_ns?: number | undefined;
	/** Columns of the long form (import/long.ts). */
	readonly id?: string | undefined;
	readonly value?: string | undefined;
	readonly counter: readonly string[];
	readonly gauge: readonly string[];
}

/** Our own columns in a file without their metadata, such as CSV. */
const FIXED = ["tick", "read_ns"];
/** The longest name of a stream, which may become the name of a file. */
const MAX_NAME = 190;

async function hasTicks(staging: Staging): Promise<boolean> {
	const columns = await staging.columns();
	return FIXED.every((fixed) => columns.some(({ name, type }) => name === fixed && isInteger(type)));
}

function notesOf({ columns, leftOut }: Counters, period_ns: number): string[] {
	const named = (semantics: string): string[] => columns.filter((c) => c.semantics === semantics).map(({ id }) => id);
	const kinds = ["counter", "gauge", "flag"].flatMap((semantics) => {
		const ids = named(semantics);
		return ids.length === 0 ? [] : [`${ids.length} taken as ${semantics}: ${some(ids)}`];
	});
	const without = leftOut.length === 0 ? [] : [`left out, because they are not numbers: ${some(leftOut)}`];
	return [`a row every ${formatDuration(period_ns)}`, ...kinds, ...without];
}

const some = (names: readonly string[]): string => listed(names, 5);

/** @param leftOut columns that were not staged */
export async function planForeign(
	staging: Staging,
	file: string,
	leftOut: readonly string[],
	hints: Hints & { readonly source: string },
): Promise<Plan> {
	let time = await timeOf(staging, hints.time, hints.timeUnit, file);
	const { note } = time;
	if (hints.id !== undefined && hints.value !== undefined) {
		await pivot(staging, time, hints.id, hints.value, file);
		time = { column: TIME, ns: quoted(TIME), note: null } satisfies Time;
	}
	const given = await hasTicks(staging);
	const { first_ns, period_ns, notes } = await ticksOf(staging, time.ns, given, hints.period_ns, file);
	const counters = await countersOf(staging, [time.column, ...(given ? FIXED : [])], hints, file);
	const computed = sql`round((${time.ns} - ${first_ns})::DOUBLE / ${period_ns})::UBIGINT`;
	const whole = Math.max(1, Math.round(period_ns));
	const all = { ...counters, leftOut: [...counters.leftOut, ...leftOut] };
	return {
		stream: {
			/* A file may be called gaps.csv. */
			name: distinct([identifier(hints.source).slice(0, MAX_NAME)], tables)[0]!,
			source: hints.source,
			period_ns: whole,
			/* Another clock kept the schedule, so a rounded period would add up to an error. */
			...(whole === period_ns ? { paced_by: "sampler" } : { paced_by: "device", granted_ns: whole }),
			columns: counters.columns,
		},
		ns: time.ns,
		tick: given ? sql`tick` : computed,
		read_ns: given ? sql`read_ns` : sql`0`,
		values: counters.values,
		started_ns: given ? await startOf(staging, time.ns, period_ns) : first_ns,
		recording: { ended: "complete" },
		delivered: null,
		gaps: [],
		marks: [],
		madeTicks: !given,
		notes: [...(note ? [note] : []), ...notes, ...notesOf(all, period_ns)],
	};
}

/** The deadline of tick 0, such that no read was before its deadline. */
async function startOf(staging: Staging, ns: Sql, period_ns: number): Promise<bigint> {
	const { start } = await staging.row(
		sql`SELECT min(${ns} - (tick::HUGEINT * ${Math.round(period_ns)}))::BIGINT AS start FROM staging.rows`,
	);
	return start as bigint;
}
