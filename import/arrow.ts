// SPDX-License-Identifier: Apache-2.0
/** An Arrow file or stream, batch by batch, into the staged rows. */
import { open } from "node:fs/promises";
import type { Readable } from "node:stream";
import duckdb, { type Appender, type DataChunk, type Vector } from "@duckdb/node-bindings";
import {
	Vector as ArrowVector,
	type Data,
	type DataType,
	type RecordBatch,
	RecordBatchReader,
	type Schema,
} from "apache-arrow";
import { failure, isDiskFull, messageOf } from "../base/errors.js";
import { formatCount } from "../base/units.js";
import { type Copy, copyFor } from "./arrow-types.js";
import { type Metadata, q, type Staging } from "./staging.js";

/** Rows of a DuckDB chunk. */
const CHUNK = 2048;
/** Values after which they are handed over: 32 MB, where an appender left alone would gather 204,800 rows of any width. */
const FLUSH_VALUES = 4_194_304;

interface Taken {
	readonly index: number;
	readonly copy: Copy;
}

class Appending {
	readonly #appender: Appender;
	readonly #chunk: DataChunk;
	readonly #taken: readonly Taken[];
	#values = 0;

	constructor(staging: Staging, taken: readonly Taken[]) {
		this.#taken = taken;
		this.#appender = staging.database.appender("rows", "staging");
		this.#chunk = duckdb.create_data_chunk(taken.map((_, i) => duckdb.appender_column_type(this.#appender, i)));
	}

	append({ numRows, data }: RecordBatch): void {
		const columns = this.#taken.map(({ index }) => data.children[index]!);
		const vectors = columns.map((column) => new ArrowVector([column]));
		for (let first = 0; first < numRows; first += CHUNK) {
			const rows = Math.min(CHUNK, numRows - first);
			duckdb.data_chunk_reset(this.#chunk);
			duckdb.data_chunk_set_size(this.#chunk, rows);
			this.#taken.forEach(({ copy }, i) => {
				const into = duckdb.data_chunk_get_vector(this.#chunk, i);
				copyValidity(into, columns[i]!, first, rows);
				copy.rows(into, vectors[i]!, columns[i]!, first, rows);
			});
			duckdb.append_data_chunk(this.#appender, this.#chunk);
			this.#values += rows * columns.length;
			if (this.#values >= FLUSH_VALUES) this.#flush();
		}
	}

	#flush(): void {
		duckdb.appender_flush_sync(this.#appender);
		this.#values = 0;
	}

	close(): void {
		this.#flush();
		duckdb.appender_close_sync(this.#appender);
	}
}

/* Chunks begin at multiples of 2048 rows, so at whole bytes of the bitmap. */
function copyValidity(into: Vector, { nullBitmap, nullCount }: Data, first: number, rows: number): void {
	if (!nullBitmap || nullBitmap.byteLength === 0 || nullCount === 0) return;
	const bytes = Uint8Array.from(nullBitmap.subarray(first / 8, Math.ceil((first + rows) / 8)));
	duckdb.vector_ensure_validity_writable(into);
	duckdb.copy_data_to_vector_validity(into, 0, bytes.buffer, 0, bytes.byteLength);
}

/** What apache-arrow says, as one sentence. */
function explain(name: string, error: unknown, rows: number): unknown {
	if (isDiskFull(error)) return error;
	const message = messageOf(error);
	if (/codec|compress/i.test(message))
		return failure(
			`the batches in ${name} are compressed, which is not read here; write it without compression, or as Parquet`,
		);
	return failure(`${name} is damaged or cut off after ${formatCount(rows, "row")} (${message}); nothing was imported`);
}

export interface ArrowInput {
	readonly metadata: Metadata;
	/** Columns of types that cannot be counters. */
	readonly leftOut: readonly string[];
}

/** @param input a path or a stream of bytes
 *  @param progress called with the rows so far */
export async function stageArrow(
	staging: Staging,
	input: string | Readable,
	name: string,
	progress: (rows: number) => void,
): Promise<ArrowInput> {
	const file = typeof input === "string" ? await open(input) : null;
	let rows = 0;
	try {
		const reader = await RecordBatchReader.from((file ?? input) as unknown as Readable);
		await reader.open({ autoDestroy: false });
		const schema: Schema = reader.schema;
		if (!schema) throw new Error("it has no schema");
		const { taken, leftOut, columns } = layOut(schema);
		await staging.run(`CREATE TABLE staging.rows (${columns.join(", ")})`);
		const into = new Appending(staging, taken);
		const batches: ReadonlyMap<string, string>[] = [];
		for await (const batch of reader) {
			into.append(batch);
			if (batch.metadata.size > 0) batches.push(batch.metadata);
			rows += batch.numRows;
			progress(rows);
		}
		into.close();
		const about = new Map(schema.fields.map((field) => [field.name, field.metadata] as const));
		return { metadata: { table: schema.metadata, columns: about, batches }, leftOut };
	} catch (error) {
		throw explain(name, error, rows);
	} finally {
		await file?.close();
	}
}

function layOut(schema: Schema): { taken: Taken[]; leftOut: string[]; columns: string[] } {
	const copies = schema.fields.map((field) => copyFor(field.type as DataType));
	const taken = copies.flatMap((copy, index) => (copy ? [{ index, copy }] : []));
	return {
		taken,
		leftOut: schema.fields.filter((_, i) => !copies[i]).map(({ name }) => name),
		columns: taken.map(({ index, copy }) => `${q(schema.fields[index]!.name)} ${copy.type}`),
	};
}
