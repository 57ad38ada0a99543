// SPDX-License-Identifier: Apache-2.0
/** Writes the batches of one stream into its wide table. Each column is copied once, from the batch's buffers into a
 *  reused chunk. */
import duckdb, { type Appender, type DataChunk, type Vector } from "@duckdb/node-bindings";
import type { Block, Cells, StreamShape } from "../../../sampler/batch.js";
import { layout } from "../../../sampler/layout.gen.js";
import type { RecordingDatabase } from "../../../storage/database.js";
import { shiftBits } from "../../../storage/tail.js";

/** Number of fixed columns: ts, tick, read_ns. */
const FIXED = layout.FIXED_COLUMNS;

export class TableWriter {
	readonly #appender: Appender;
	readonly #chunk: DataChunk;
	readonly #columns: number;
	/* Node 20 refuses a SharedArrayBuffer and an unaligned view, so the bits are copied into an ArrayBuffer. */
	readonly #bits = new Uint8Array(new ArrayBuffer(layout.VALIDITY_BYTES));

	constructor(database: RecordingDatabase, stream: StreamShape) {
		this.#appender = database.appender(stream.name);
		this.#columns = FIXED + stream.columns.length;
		const types = Array.from({ length: this.#columns }, (_, i) => duckdb.appender_column_type(this.#appender, i));
		this.#chunk = duckdb.create_data_chunk(types);
	}

	/** @param block at most a block of the ring */
	write({ rows, columns }: Block): void {
		duckdb.data_chunk_reset(this.#chunk);
		duckdb.data_chunk_set_size(this.#chunk, rows);
		columns.forEach((cells, i) => {
			this.#copy(duckdb.data_chunk_get_vector(this.#chunk, i), cells, rows);
		});
		duckdb.append_data_chunk(this.#appender, this.#chunk);
	}

	#copy(vector: Vector, { values, nulls, validity, skip }: Cells, rows: number): void {
		const { buffer, byteOffset, BYTES_PER_ELEMENT } = values;
		duckdb.copy_data_to_vector(vector, 0, buffer as ArrayBuffer, byteOffset, rows * BYTES_PER_ELEMENT);
		if (validity === null || nulls === 0) return;
		shiftBits(validity, skip, rows, this.#bits);
		duckdb.vector_ensure_validity_writable(vector);
		duckdb.copy_data_to_vector_validity(vector, 0, this.#bits.buffer as ArrayBuffer, 0, Math.ceil(rows / 8));
	}

	/** Hands everything written so far to the current transaction. */
	flush(): void {
		duckdb.appender_flush_sync(this.#appender);
	}

	close(): void {
		duckdb.appender_close_sync(this.#appender);
	}
}
