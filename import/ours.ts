// SPDX-License-Identifier: Apache-2.0
/** An input that countersink wrote (`record -o -`, `export`): its metadata says what the rows are, and nothing is guessed. */
import { failure, usageError } from "../base/errors.js";
import type { CellType } from "../kernel/source.js";
import { streamKeys } from "../sampler/batch.js";
import type { RecordedStream } from "../storage/protocol.js";
import type { Hints } from "./foreign.js";
import type { Plan, ToldGap, ToldMark } from "./plan.js";
import { type Metadata, q, type StagedColumn, type Staging } from "./staging.js";

const cellTypes: Readonly<Record<string, CellType>> = { UBIGINT: "u64", BIGINT: "i64", DOUBLE: "f64" };
const FIXED = ["ts", "tick", "read_ns"];

type Columns = RecordedStream["columns"];

function columnsOf(staged: readonly StagedColumn[], described: Metadata["columns"]): Columns {
	return staged.flatMap(({ name, type }) => {
		const about = described.get(name);
		const cell = cellTypes[type];
		if (!about?.has("id") || !cell) return [];
		const text = (key: string): string => about.get(key) ?? "";
		return [
			{
				name,
				id: text("id"),
				source: text("source"),
				instance: text("instance"),
				counter: text("counter"),
				unit: text("unit"),
				semantics: text("semantics"),
				width: Number(text("width")),
				type: cell,
				help: text("help"),
			} as Columns[number],
		];
	});
}

/** Everything that batches or the schema say under a key, in order. */
function told<T>({ table, batches }: Metadata, key: string): T[] {
	return [table, ...batches].flatMap((about) => (about.has(key) ? [JSON.parse(about.get(key)!) as T] : []));
}

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
		throw usageError(`${name} says itself what its columns are, so ${flags[given]} would change nothing; leave it out`);
}

/** null: not one of ours. */
export async function planOurs(staging: Staging, metadata: Metadata, hints: Hints, name: string): Promise<Plan | null> {
	const { table } = metadata;
	const [stream, source, period, granted] = ["stream", ...streamKeys].map((key) => table.get(key));
	const staged = await staging.columns();
	const columns = columnsOf(staged, metadata.columns);
	const has = FIXED.every((fixed) => staged.some((column) => column.name === fixed));
	if (!stream || !source || !period || !table.has("recording") || !has || columns.length === 0) return null;
	refuseHints(hints, name);
	const recording = Object.assign({}, ...told<object>(metadata, "recording")) as Record<string, unknown>;
	const [delivered = null] = told<Record<string, number>>(metadata, "stream_end");
	const cutOff = typeof recording.ended !== "string";
	await inOrder(staging, name);
	return {
		stream: {
			name: stream,
			source,
			period_ns: Number(period),
			...(granted === undefined ? {} : { granted_ns: Number(granted) }),
			columns,
		},
		ns: "epoch_ns(ts)",
		tick: "tick",
		read_ns: "read_ns",
		values: columns.map((column) => q(column.name)),
		started_ns: BigInt(String(recording.started_at_ns ?? 0)),
		recording: cutOff ? { ...recording, ended: "interrupted" } : recording,
		delivered,
		gaps: told<ToldGap[]>(metadata, "gaps").flat(),
		marks: told<ToldMark[]>(metadata, "marks").flat(),
		madeTicks: false,
		notes: cutOff ? ["it does not say how the recording ended: it was cut off, or not finalised"] : [],
	};
}

async function inOrder(staging: Staging, name: string): Promise<void> {
	const backwards = await staging.row(
		"SELECT count(*) FILTER (tick <= previous) AS n FROM (SELECT tick, lag(tick) OVER () AS previous FROM staging.rows)",
	);
	if (backwards.n !== 0n)
		throw failure(
			`the ticks of ${name} do not grow from row to row, so the rows were moved or repeated; export it again, or sort it by tick`,
		);
}
