// SPDX-License-Identifier: Apache-2.0
/** A selection of a recording as what formats are written from. Rows come as DuckDB's own vectors: 51 M values/s, where rows of
 *  JavaScript values would be 1.3 M. */
import type { DuckDBDataChunk } from "@duckdb/node-api";
import duckdb, { type Vector } from "@duckdb/node-bindings";
import { messageOf, usageError } from "../base/errors.js";
import { groupBy } from "../base/group.js";
import type { CellType } from "../kernel/source.js";
import { quote } from "../storage/quote.js";
import { damaged, type Recording } from "../storage/recording.js";
import {
	countersOf,
	gapsOf,
	marksOf,
	type Recorded,
	rowsIn,
	runAsJson,
	runOf,
	startOf,
	streamsOf,
} from "./describe.js";
import type { ColumnRows, ExportColumn, ExportInput, ExportStream, Rows } from "./input.js";
import { type Chosen, type Counted, checkForm, choose, matching, type Selection } from "./selection.js";
import { statementOf } from "./statement.js";

/** An input that is still a recording, for formats that DuckDB writes by itself. */
export interface RecordingInput extends ExportInput {
	readonly path: string;
	/** SELECT of ts, tick, read_ns and the columns of a stream, in order of ticks. */
	statement(stream: ExportStream): string;
	/** Runs a statement of ours to its end. @param values of the recording that it goes through, for the progress */
	run(sql: string, values: number): Promise<void>;
}

const arrays = { u64: BigUint64Array, i64: BigInt64Array, f64: Float64Array } as const;

/** Bytes of a bitmap as DuckDB keeps it, in words of 64 rows. */
const bitmapBytes = (rows: number): number => 8 * Math.ceil(rows / 64);

function data(vector: Vector, bytes: number): [ArrayBuffer, number] {
	const view = duckdb.vector_get_data(vector, bytes);
	return [view.buffer as ArrayBuffer, view.byteOffset];
}

function columnRows(vector: Vector, type: CellType, length: number): ColumnRows {
	const [buffer, offset] = data(vector, 8 * length);
	const validity = duckdb.vector_get_validity(vector, bitmapBytes(length)) as Uint8Array | null;
	return { values: new arrays[type](buffer, offset, length), validity };
}

/** The rows of a chunk. They keep the chunk alive: its vectors are its memory. */
class ChunkRows implements Rows {
	readonly stream: ExportStream;
	readonly chunk: DuckDBDataChunk;
	readonly length: number;
	readonly ts: BigInt64Array;
	readonly tick: BigUint64Array;
	readonly read_ns: Uint32Array;
	readonly columns: readonly ColumnRows[];

	constructor(stream: ExportStream, chunk: DuckDBDataChunk) {
		this.stream = stream;
		this.chunk = chunk;
		const length = chunk.rowCount;
		const vector = (i: number): Vector => duckdb.data_chunk_get_vector(chunk.chunk, i);
		this.length = length;
		this.ts = new BigInt64Array(...data(vector(0), 8 * length), length);
		this.tick = new BigUint64Array(...data(vector(1), 8 * length), length);
		this.read_ns = new Uint32Array(...data(vector(2), 4 * length), length);
		this.columns = stream.columns.map(({ type }, i) => columnRows(vector(3 + i), type, length));
	}
}

/** Of the recording; buckets are counted by the rows in them. */
export const valuesOf = ({ rows, columns }: ExportStream): number => rows * columns.length;

export class SelectedInput implements RecordingInput {
	readonly #recording: Recording;
	readonly #statements: ReadonlyMap<ExportStream, string>;
	readonly #signal: AbortSignal;
	/** Values that were read so far, and those of the statement that runs. */
	#read = 0;
	#running = 0;
	readonly recording: ReadonlyMap<string, string>;
	readonly recordingJson: string;
	readonly started_ns: bigint;
	readonly gaps: ExportInput["gaps"];
	readonly marks: ExportInput["marks"];

	constructor(
		recording: Recording,
		about: Pick<ExportInput, "recording" | "recordingJson" | "started_ns" | "gaps" | "marks">,
		statements: ReadonlyMap<ExportStream, string>,
		signal: AbortSignal,
	) {
		this.#recording = recording;
		this.#statements = statements;
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
		return [...this.#statements.keys()];
	}

	statement(stream: ExportStream): string {
		return this.#statements.get(stream)!;
	}

	async run(sql: string, values: number): Promise<void> {
		this.#running = values;
		await this.#recording.connection.run(sql);
		this.#running = 0;
		this.#read += values;
	}

	/** Days of the rows of a stream, as in 2026-11-22, in UTC. */
	async days(stream: ExportStream): Promise<{ day: string; rows: number }[]> {
		const found = await this.#recording.rows(
			`SELECT ts::DATE::VARCHAR AS day, count(*) AS rows FROM (${this.statement(stream)}) GROUP BY day ORDER BY day`,
		);
		return found.map(({ day, rows }) => ({ day: String(day), rows: Number(rows) }));
	}

	/** How much is done, 0 to 1: of the values that were read here, or of the statement that DuckDB is at. */
	get progress(): number {
		const all = this.streams.reduce((sum, stream) => sum + valuesOf(stream), 0);
		const { percentage } = this.#recording.connection.progress;
		return Math.min(1, (this.#read + (this.#running * Math.max(0, percentage)) / 100) / all);
	}

	rows(stream: ExportStream): AsyncGenerator<Rows> {
		return this.#chunks(stream, this.statement(stream));
	}

	column(stream: ExportStream, column: ExportColumn): AsyncGenerator<Rows> {
		const sql = `SELECT ts, tick, read_ns, ${quote(column.name)} FROM (${this.statement(stream)})`;
		return this.#chunks({ ...stream, columns: [column] }, sql);
	}

	async *#chunks(stream: ExportStream, sql: string): AsyncGenerator<Rows> {
		const { connection, path } = this.#recording;
		try {
			const result = await connection.stream(sql);
			for (;;) {
				const chunk = await result.fetchChunk();
				if (!chunk || chunk.rowCount === 0) return;
				this.#read += chunk.rowCount * stream.columns.length;
				yield new ChunkRows(stream, chunk);
				this.#signal.throwIfAborted();
			}
		} catch (error) {
			throw /interrupt|abort|out of memory|no space left/i.test(messageOf(error)) ? error : damaged(path, error);
		}
	}
}

/** The streams that have counters left, with what is exported of each. */
function chosenOf(
	streams: readonly Recorded[],
	counters: readonly Counted[],
	selection: Selection,
): [Recorded, Chosen[]][] {
	const names = streams.map(({ name }) => name);
	const there = counters.filter(({ stream }) => names.includes(stream));
	checkForm(selection, there);
	const wanted = groupBy(matching(there, selection.counters), ({ stream }) => stream);
	return streams.flatMap((stream) => {
		const counted = wanted.get(stream.name);
		return counted ? [[stream, counted.map((of) => choose(of, selection))] as [Recorded, Chosen[]]] : [];
	});
}

/** Understands a selection of a recording. Throws when it names what is not there, or selects no row. */
export async function readSelection(
	recording: Recording,
	selection: Selection,
	signal: AbortSignal = new AbortController().signal,
): Promise<SelectedInput> {
	const started_ns = await startOf(recording);
	const streams = await streamsOf(recording, selection.streams);
	const statements = new Map<ExportStream, string>();
	const kept: Recorded[] = [];
	for (const [stream, chosen] of chosenOf(streams, await countersOf(recording), selection)) {
		const rows = await rowsIn(recording, stream.name, selection);
		if (rows === 0) continue;
		kept.push(stream);
		const columns = chosen.flatMap((one) => one.columns);
		const { name, source } = stream;
		const rhythm = selection.bucket_ns === null ? stream : { name, source, period_ns: selection.bucket_ns };
		statements.set({ ...rhythm, columns, rows }, statementOf(name, chosen, selection, started_ns));
	}
	if (kept.length === 0) throw nothingSelected(recording.path, selection);
	const about = {
		recording: await runOf(recording),
		recordingJson: await runAsJson(recording),
		started_ns,
		gaps: await gapsOf(recording, kept, started_ns, selection),
		marks: await marksOf(recording, selection),
	};
	return new SelectedInput(recording, about, statements, signal);
}

function nothingSelected(path: string, { from_ns, to_ns }: Selection): Error {
	const why = from_ns === null && to_ns === null ? "has no rows" : "has no rows between --from and --to";
	return usageError(`${path} ${why}, so there is nothing to export; 'countersink info ${path}' tells what it holds`);
}
