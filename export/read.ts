// SPDX-License-Identifier: Apache-2.0
/** A selection of a recording as what formats are written from. Rows come as DuckDB's own vectors: 51 M values/s, where rows of
 *  JavaScript values would be 1.3 M. */
import type { DuckDBDataChunk } from "@duckdb/node-api";
import duckdb, { type Vector } from "@duckdb/node-bindings";
import { messageOf, usageError } from "../base/errors.js";
import { groupBy } from "../base/group.js";
import type { CellType } from "../kernel/source.js";
import { damaged, type Recording } from "../storage/recording.js";
import { countersOf, gapsOf, marksOf, type Recorded, rowsIn, runOf, startOf, streamsOf } from "./describe.js";
import type { ColumnRows, ExportInput, ExportStream, Rows } from "./input.js";
import { type Chosen, type Counted, checkForm, choose, matching, type Selection } from "./selection.js";
import { statementOf } from "./statement.js";

/** An input that is still a recording, for formats that DuckDB writes by itself. */
export interface RecordingInput extends ExportInput {
	readonly path: string;
	/** SELECT of ts, tick, read_ns and the columns of a stream, in order of ticks. */
	statement(stream: ExportStream): string;
	/** Runs a statement of ours to its end. */
	run(sql: string): Promise<void>;
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

export class SelectedInput implements RecordingInput {
	readonly #recording: Recording;
	readonly #statements: ReadonlyMap<ExportStream, string>;
	readonly recording: ReadonlyMap<string, string>;
	readonly started_ns: bigint;
	readonly gaps: ExportInput["gaps"];
	readonly marks: ExportInput["marks"];

	constructor(
		recording: Recording,
		about: Pick<ExportInput, "recording" | "started_ns" | "gaps" | "marks">,
		statements: ReadonlyMap<ExportStream, string>,
	) {
		this.#recording = recording;
		this.#statements = statements;
		this.recording = about.recording;
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

	async run(sql: string): Promise<void> {
		await this.#recording.connection.run(sql);
	}

	async *rows(stream: ExportStream): AsyncGenerator<Rows> {
		const { connection, path } = this.#recording;
		try {
			const result = await connection.stream(this.statement(stream));
			for (;;) {
				const chunk = await result.fetchChunk();
				if (!chunk || chunk.rowCount === 0) return;
				yield new ChunkRows(stream, chunk);
			}
		} catch (error) {
			throw /interrupt/i.test(messageOf(error)) ? error : damaged(path, error);
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
export async function readSelection(recording: Recording, selection: Selection): Promise<SelectedInput> {
	const started_ns = await startOf(recording);
	const streams = await streamsOf(recording, selection.streams);
	const statements = new Map<ExportStream, string>();
	const kept: Recorded[] = [];
	for (const [stream, chosen] of chosenOf(streams, await countersOf(recording), selection)) {
		const rows = await rowsIn(recording, stream.name, selection);
		if (rows === 0) continue;
		kept.push(stream);
		const columns = chosen.flatMap((one) => one.columns);
		const period_ns = selection.bucket_ns ?? stream.period_ns;
		statements.set({ ...stream, period_ns, columns, rows }, statementOf(stream.name, chosen, selection, started_ns));
	}
	if (kept.length === 0) throw nothingSelected(recording.path, selection);
	const about = {
		recording: await runOf(recording),
		started_ns,
		gaps: await gapsOf(recording, kept, started_ns, selection),
		marks: await marksOf(recording, selection),
	};
	return new SelectedInput(recording, about, statements);
}

function nothingSelected(path: string, { from_ns, to_ns }: Selection): Error {
	const why = from_ns === null && to_ns === null ? "has no rows" : "has no rows between --from and --to";
	return usageError(`${path} ${why}, so there is nothing to export; 'countersink info ${path}' tells what it holds`);
}
