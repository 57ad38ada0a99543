// SPDX-License-Identifier: Apache-2.0
/** Plans the import of a file that countersink wrote (`record -o -`, `export`). Its metadata says what the rows are;
 *  nothing is guessed. */
import { failure, usageError } from "../base/errors.js";
import type { CellType, Unit } from "../kernel/source.js";
import type { RecordedStream } from "../sampler/recorded.js";
import { name as quoted, sql } from "../storage/sql.js";
import type { Hints } from "./foreign.js";
import type { Plan } from "./import-plan.js";
import type { Metadata, StagedColumn, Staging } from "./staging.js";
import { Teller, type ToldRecording } from "./told.js";

const cellTypes: Readonly<Record<string, CellType>> = { UBIGINT: "u64", BIGINT: "i64", DOUBLE: "f64" };
const FIXED: Readonly<Record<string, string>> = { ts: "TIMESTAMP_NS", tick: "UBIGINT", read_ns: "UINTEGER" };

type Columns = RecordedStream["columns"];

function columnsOf(staged: readonly StagedColumn[], described: Metadata["columns"], teller: Teller): Columns {
	return staged.flatMap(({ name, type }) => {
		const about = described.get(name);
		const cell = cellTypes[type];
		if (!about?.has("id") || !cell) return [];
		const told = teller.counter(name, about);
		return [
			{
				name,
				id: told.id ?? "",
				source: told.source ?? "",
				instance: told.instance ?? "",
				counter: told.counter ?? "",
				unit: (told.unit ?? "none") as Unit,
				semantics: told.semantics ?? "gauge",
				width: Number(told.width ?? 64n),
				type: cell,
				help: told.help ?? "",
			},
		];
	});
}

/** The values of a key in the metadata of the schema and then of the batches, in order. */
const textsUnder = ({ table, batches }: Metadata, key: string): string[] =>
	[table, ...batches].flatMap((about) => about.get(key) ?? []);

const flags: Readonly<Record<keyof Hints, string>> = {
	source: "--source",
	time: "--time",
	timeUnit: "--time-unit",
	period_ns: "--period",
	id: "--id",
	value: "--value",
	counter: "--counter",
	gauge: "--gauge",
};

function refuseHints(hints: Hints, name: string): void {
	const given = (Object.keys(flags) as (keyof Hints)[]).find((hint) => [hints[hint] ?? []].flat().length > 0);
	if (given)
		throw usageError(`${name} describes its own columns, so ${flags[given]} would have no effect; leave it out`);
}

const KEYS = ["stream", "source", "period_ns", "paced_by", "recording"] as const;

const isOurs = ({ table, columns }: Metadata, staged: readonly StagedColumn[]): boolean =>
	KEYS.every((key) => table.has(key)) &&
	Object.entries(FIXED).every(([name, type]) =>
		staged.some((column) => column.name === name && column.type === type),
	) &&
	staged.some(({ name, type }) => columns.get(name)?.has("id") && cellTypes[type]);

/** The plan; null where countersink did not write the file. */
export async function planOurs(staging: Staging, metadata: Metadata, hints: Hints, name: string): Promise<Plan | null> {
	const staged = await staging.columns();
	if (!isOurs(metadata, staged)) return null;
	refuseHints(hints, name);
	const teller = new Teller(name);
	const columns = columnsOf(staged, metadata.columns, teller);
	const said = teller.stream(metadata.table);
	const recording: ToldRecording = Object.assign(
		{},
		...textsUnder(metadata, "recording").map((json) => teller.recording(json)),
	);
	const [end] = textsUnder(metadata, "stream_end");
	const cutOff = recording.ended === undefined;
	await inOrder(staging, name);
	return {
		stream: {
			name: said.stream!,
			source: said.source!,
			period_ns: Number(said.period_ns),
			paced_by: said.paced_by!,
			...(said.granted_ns === undefined ? {} : { granted_ns: Number(said.granted_ns) }),
			columns,
		},
		ns: sql`epoch_ns(ts)`,
		tick: sql`tick`,
		read_ns: sql`read_ns`,
		values: columns.map((column) => quoted(column.name)),
		started_ns: recording.started_at_ns ?? 0n,
		recording: cutOff ? { ...recording, ended: "interrupted" } : recording,
		delivered: end === undefined ? null : teller.end(end),
		gaps: teller.gaps(textsUnder(metadata, "gaps")),
		marks: teller.marks(textsUnder(metadata, "marks")),
		madeTicks: false,
		notes: cutOff ? ["it does not say how the recording ended: it was cut off, or not finalised"] : [],
	};
}

async function inOrder(staging: Staging, name: string): Promise<void> {
	const backwards = await staging.row(
		sql`SELECT count(*) FILTER (tick <= previous) AS n FROM (SELECT tick, lag(tick) OVER () AS previous FROM staging.rows)`,
	);
	if (backwards.n !== 0n)
		throw failure(
			`the ticks of ${name} do not increase from row to row, so its rows were moved or repeated; export it again, or sort it by tick`,
		);
}
