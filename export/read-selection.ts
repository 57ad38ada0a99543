// SPDX-License-Identifier: Apache-2.0
/** Reads a selection of a recording for the formats. Rows come as DuckDB's own vectors: 51 M values/s, where rows of
 *  JavaScript values would be 1.3 M. */
import type { DuckDBDataChunk } from "@duckdb/node-api";
import duckdb, { type Type as DuckType, type Vector } from "@duckdb/node-bindings";
import { messageOf, usageError } from "../base/errors.js";
import { groupBy } from "../base/group-by.js";
import type { CellType } from "../kernel/source.js";
import { type Cells, countNulls, whole } from "../sampler/batch.js";
import { damaged, type Recording } from "../storage/recording.js";
import { name, type Sql, sql } from "../storage/sql.js";
import { countersOf, type Described, gapsOf, marksOf, runAsJson, runOf, startOf, streamsOf } from "./describe.js";
import { type Chosen, type Counted, checkForm, choose, matching, type Selection } from "./export-selection.js";
import type { ExportBlock, ExportColumn, ExportInput, ExportStream } from "./input.js";
import { type Slice, statementOf } from "./statement.js";
import { slicesOf } from "./time-slices.js";

/** An input that is still a recording, for formats that DuckDB writes by itself. */
export interface RecordingInput extends ExportInput {
	readonly path: string;
	/** What SQL may select FROM to get ts, tick, read_ns and the columns of a stream, in order of ticks. It is valid
	 *  until the relation of another stream is asked for. */
	relation(stream: ExportStream): Promise<Sql>;
	/** Runs a statement of ours. @param values number of values of the recording that it reads, for the progress */
	run(statement: Sql, values: number): Promise<void>;
}

const arrays = { u64: BigUint64Array, i64: BigInt64Array, f64: Float64Array } as const;
/** The type that a vector of DuckDB must have before it is viewed as such an array. */
const held = { u64: duckdb.Type.UBIGINT, i64: duckdb.Type.BIGINT, f64: duckdb.Type.DOUBLE } as const;

/** Length in bytes of a bitmap as DuckDB keeps it, in words of 64 rows. */
const bitmapBytes = (rows: number): number => 8 * Math.ceil(rows / 64);

/** The memory of a vector, after its type was checked: a table may lie about its types, and a view of the wrong type
 *  would show memory beside it. */
function data(vector: Vector, type: DuckType, bytes: number): [ArrayBuffer, number] {
	const found = duckdb.get_type_id(duckdb.vector_get_column_type(vector));
	if (found !== type)
		throw new TypeError(`a column holds ${duckdb.Type[found]} where ${duckdb.Type[type]} was expected`);
	const view = duckdb.vector_get_data(vector, bytes);
	return [view.buffer as ArrayBuffer, view.byteOffset];
}

function cellsOf(vector: Vector, type: CellType, length: number): Cells {
	const [buffer, offset] = data(vector, held[type], 8 * length);
	const validity = duckdb.vector_get_validity(vector, bitmapBytes(length)) as Uint8Array | null;
	const nulls = validity === null ? 0 : countNulls(validity, 0, length);
	return { values: new arrays[type](buffer, offset, length), validity, nulls, skip: 0 };
}

/** The rows of a chunk. They keep the chunk alive, since its vectors are their memory. */
class ChunkRows implements ExportBlock {
	readonly stream: ExportStream;
	readonly chunk: DuckDBDataChunk;
	readonly rows: number;
	readonly columns: readonly Cells[];

	constructor(stream: ExportStream, chunk: DuckDBDataChunk) {
		this.stream = stream;
		this.chunk = chunk;
		const length = chunk.rowCount;
		const vector = (i: number): Vector => duckdb.data_chunk_get_vector(chunk.chunk, i);
		this.rows = length;
		this.columns = [
			whole(new BigInt64Array(...data(vector(0), duckdb.Type.TIMESTAMP_NS, 8 * length), length)),
			whole(new BigUint64Array(...data(vector(1), duckdb.Type.UBIGINT, 8 * length), length)),
			whole(new Uint32Array(...data(vector(2), duckdb.Type.UINTEGER, 4 * length), length)),
			...stream.columns.map(({ type }, i) => cellsOf(vector(3 + i), type, length)),
		];
	}
}

/** The SQL for a slice of a stream. */
interface Part {
	readonly select: Sql;
	/** Number of rows of the recording that it reads. */
	readonly rows: number;
}

/** A temporary table with the buckets of one stream at a time. No stream of a recording can have this name. */
const BUCKETS = sql`temp._buckets`;

/** Number of values of the recording that a stream reads. Buckets count as the rows in them. */
export const valuesOf = ({ rows, columns }: ExportStream): number => rows * columns.length;

export class SelectedInput implements RecordingInput {
	readonly #recording: Recording;
	readonly #parts: ReadonlyMap<ExportStream, readonly Part[]>;
	readonly #signal: AbortSignal;
	/** Number of values read so far, and of the running statement. */
	#read = 0;
	#running = 0;
	/** What reading or writing one value counts for. */
	#share = 1;
	/** The stream that is in BUCKETS. */
	#table: ExportStream | null = null;
	readonly recording: ReadonlyMap<string, string>;
	readonly recordingJson: string;
	readonly started_ns: bigint;
	readonly gaps: ExportInput["gaps"];
	readonly marks: ExportInput["marks"];

	constructor(
		recording: Recording,
		about: Pick<ExportInput, "recording" | "recordingJson" | "started_ns" | "gaps" | "marks">,
		parts: ReadonlyMap<ExportStream, readonly Part[]>,
		signal: AbortSignal,
	) {
		this.#recording = recording;
		this.#parts = parts;
		this.#signal = signal;
		this.recording = about.recording;
		this.recordingJson = about.recordingJson;
		this.started_ns = about.started_ns;
		this.gaps = about.gaps;
		this.marks = about.marks;
	}

	get path(): string {
		return this.#recording.path;
	}

	get streams(): readonly ExportStream[] {
		return [...this.#parts.keys()];
	}

	/** Puts the slices together in a temporary table, which DuckDB can spill. This counts as half of the work. */
	async relation(stream: ExportStream): Promise<Sql> {
		const parts = this.#parts.get(stream)!;
		this.#share = parts.length === 1 ? 1 : 0.5;
		if (parts.length === 1) return sql`(${parts[0]!.select})`;
		if (this.#table !== stream)
			for (const [i, { select, rows }] of parts.entries()) {
				const into = i === 0 ? sql`CREATE OR REPLACE TEMP TABLE ${BUCKETS} AS` : sql`INSERT INTO ${BUCKETS}`;
				await this.run(sql`${into} ${select}`, rows * stream.columns.length);
			}
		this.#table = stream;
		return BUCKETS;
	}

	async run(statement: Sql, values: number): Promise<void> {
		this.#signal.throwIfAborted();
		this.#running = values * this.#share;
		await this.#recording.connection.run(statement);
		this.#read += this.#running;
		this.#running = 0;
	}

	/** Days of the rows of a stream in UTC, as in 2026-11-22. */
	async days(stream: ExportStream): Promise<{ day: string; rows: number }[]> {
		const days = new Map<string, number>();
		for (const { select } of this.#parts.get(stream)!)
			for (const { day, rows } of await this.#recording.rows(
				sql`SELECT ts::DATE::VARCHAR AS day, count(*) AS rows FROM (${select}) GROUP BY day ORDER BY day`,
			))
				days.set(String(day), (days.get(String(day)) ?? 0) + Number(rows));
		return [...days].map(([day, rows]) => ({ day, rows }));
	}

	/** How much is done, from 0 to 1: of the values that are read here, or of the statement that DuckDB runs. */
	get progress(): number {
		const all = this.streams.reduce((sum, stream) => sum + valuesOf(stream), 0);
		const { percentage } = this.#recording.connection.progress;
		return Math.min(1, (this.#read + (this.#running * Math.max(0, percentage)) / 100) / all);
	}

	rows(stream: ExportStream): AsyncGenerator<ExportBlock> {
		return this.#chunks(stream, this.#parts.get(stream)!);
	}

	column(stream: ExportStream, column: ExportColumn): AsyncGenerator<ExportBlock> {
		const parts = this.#parts.get(stream)!.map(({ select, rows }) => ({
			select: sql`SELECT ts, tick, read_ns, ${name(column.name)} FROM (${select})`,
			rows,
		}));
		return this.#chunks({ ...stream, columns: [column] }, parts);
	}

	async *#chunks(stream: ExportStream, parts: readonly Part[]): AsyncGenerator<ExportBlock> {
		try {
			for (const { select, rows } of parts) {
				const read = this.#read + rows * stream.columns.length;
				yield* this.#chunksOf(stream, select);
				this.#read = read;
			}
		} catch (error) {
			throw /interrupt|abort|out of memory|no space left/i.test(messageOf(error)) ? error : damaged(this.path, error);
		}
	}

	async *#chunksOf(stream: ExportStream, select: Sql): AsyncGenerator<ExportBlock> {
		this.#signal.throwIfAborted();
		const result = await this.#recording.connection.stream(select);
		for (;;) {
			const chunk = await result.fetchChunk();
			if (!chunk || chunk.rowCount === 0) return;
			this.#read += chunk.rowCount * stream.columns.length;
			yield new ChunkRows(stream, chunk);
			this.#signal.throwIfAborted();
		}
	}
}

/** The streams that have selected counters, with what is exported of each. */
function chosenOf(
	streams: readonly Described[],
	counters: readonly Counted[],
	selection: Selection,
): [Described, Chosen[]][] {
	const names = streams.map(({ name }) => name);
	const there = counters.filter(({ stream }) => names.includes(stream));
	checkForm(selection, there);
	const wanted = groupBy(matching(there, selection.counters), ({ stream }) => stream);
	return streams.flatMap((stream) => {
		const counted = wanted.get(stream.name);
		return counted ? [[stream, counted.map((of) => choose(of, selection))] as [Described, Chosen[]]] : [];
	});
}

/** Reads a selection of a recording. @throws CountersinkError when it names something that is not there, or selects no
 *  row */
export async function readSelection(
	recording: Recording,
	selection: Selection,
	signal: AbortSignal = new AbortController().signal,
): Promise<SelectedInput> {
	const started_ns = await startOf(recording);
	const streams = await streamsOf(recording, selection.streams);
	const parts = new Map<ExportStream, Part[]>();
	const kept: Described[] = [];
	for (const [stream, chosen] of chosenOf(streams, await countersOf(recording), selection)) {
		const columns = chosen.flatMap((one) => one.columns);
		const slices = await slicesOf(recording, stream, selection, started_ns, columns.length);
		if (slices.length === 0) continue;
		kept.push(stream);
		const { name: table, source } = stream;
		const rhythm =
			selection.bucket_ns === null
				? stream
				: { name: table, source, period_ns: selection.bucket_ns, paced_by: "sampler" as const };
		const rows = slices.reduce((sum, slice) => sum + slice.rows, 0);
		const partOf = (slice: Slice): Part => ({
			select: statementOf(table, chosen, selection, slice, started_ns),
			rows: slice.rows,
		});
		parts.set({ ...rhythm, columns, rows }, slices.map(partOf));
	}
	if (kept.length === 0) throw nothingSelected(recording.path, selection);
	const about = {
		recording: await runOf(recording),
		recordingJson: await runAsJson(recording),
		started_ns,
		gaps: await gapsOf(recording, kept, started_ns, selection),
		marks: await marksOf(recording, selection),
	};
	return new SelectedInput(recording, about, parts, signal);
}

function nothingSelected(path: string, { from_ns, to_ns }: Selection): Error {
	const why = from_ns === null && to_ns === null ? "has no rows" : "has no rows between --from and --to";
	return usageError(`${path} ${why}, so there is nothing to export; 'countersink info ${path}' shows what it holds`);
}
