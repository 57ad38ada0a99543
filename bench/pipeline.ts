// SPDX-License-Identifier: Apache-2.0
/** The path of a batch after the ring, without the clock: a filled ring, the real batches, the real sink, real
 *  commits. */
import { TableWriter } from "../record/sinks/duckdb/table-writer.js";
import { BatchMaker } from "../sampler/batch.js";
import { RingReader } from "../sampler/ring.js";
import { layOut, type RingShape, Umem } from "../sampler/umem.js";
import { RecordingDatabase } from "../storage/database.js";
import { rowsToTake } from "../storage/row-groups.js";
import { sql } from "../storage/sql.js";
import { streamTables } from "../storage/stream-tables.js";
import { Filler, realisticStream } from "./filler.js";

export const STREAM = "bench";

export class Pipeline {
	readonly shape: RingShape;
	readonly filler: Filler;
	readonly reader: RingReader;
	readonly #umem: Umem;
	readonly #database: RecordingDatabase;
	readonly #maker: BatchMaker;
	readonly #sink: TableWriter;
	#flushed = 0;

	private constructor(shape: RingShape, umem: Umem, database: RecordingDatabase, columns: number) {
		const stream = realisticStream(STREAM, columns);
		this.shape = shape;
		this.#umem = umem;
		this.#database = database;
		this.filler = new Filler(umem.ring(shape), shape);
		this.reader = new RingReader(umem.ring(shape), shape);
		this.#maker = new BatchMaker(stream, this.reader);
		this.#sink = new TableWriter(database, stream);
	}

	/** @param depth_ns depth of the ring, as layOut takes it */
	static async open(path: string, columns: number, period_ns: number, depth_ns: number): Promise<Pipeline> {
		const database = await RecordingDatabase.create(path, columns);
		/* The view in long form needs the table of counters. */
		await database.run(sql`CREATE TABLE counters (stream VARCHAR, column_name VARCHAR, id VARCHAR)`);
		for (const statement of streamTables(realisticStream(STREAM, columns))) await database.run(statement);
		const shape = layOut([{ columns, period_ns }], depth_ns)[0]!;
		const pipeline = new Pipeline(shape, Umem.create([shape], 0n), database, columns);
		await database.run(sql`BEGIN`);
		return pipeline;
	}

	/** Takes as many of the waiting rows as the writer would, up to a batch; returns false when it takes none. @param
	 *  whole only full blocks */
	step(whole: boolean): boolean {
		const most = rowsToTake(this.reader.rowsTaken - this.#flushed, this.reader.waiting);
		const batch = most > 0 ? this.#maker.next(whole, most) : null;
		if (!batch) return false;
		this.#sink.write(batch);
		batch.release();
		return true;
	}

	async commit(): Promise<void> {
		this.#sink.flush();
		this.#flushed = this.reader.rowsTaken;
		await this.#database.run(sql`COMMIT`);
		await this.#database.run(sql`BEGIN`);
	}

	async close(): Promise<void> {
		await this.commit();
		while (this.step(false));
		this.#sink.flush();
		await this.#database.run(sql`COMMIT`);
		this.#sink.close();
		await this.#database.close();
		this.#umem.close();
	}
}
