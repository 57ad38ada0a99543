// SPDX-License-Identifier: Apache-2.0
/** Turns rows of the tail of a recording (tail.ts) into tables in memory, for questions to a recording that was not
 *  finalised. */
import type { DuckDBConnection } from "@duckdb/node-api";
import duckdb from "@duckdb/node-bindings";
import { duckdbClient } from "../base/duckdb.js";
import { groupBy } from "../base/group-by.js";
import type { CellType } from "../kernel/source.js";
import type { StreamShape } from "../sampler/batch.js";
import { layout } from "../sampler/layout.gen.js";
import { untrusted } from "./shape.js";
import { name, type Sql, sql } from "./sql.js";
import { streamTables } from "./stream-tables.js";
import { type TailColumn, tailColumns } from "./tail.js";

/** The highest number of bytes in all pieces. A recorder leaves a few seconds of its slow streams. */
const MAX_BYTES = 256 * 2 ** 20;

interface Piece {
	readonly stream: string;
	readonly rows: number;
	readonly cells: Uint8Array;
}

export interface TailSource {
	readonly connection: DuckDBConnection;
	/** The table `tail` of the recording. */
	readonly table: Sql;
	readonly streams: readonly StreamShape[];
	/** Name of the recording in sentences. */
	readonly path: string;
}

async function piecesOf({ connection, table, path }: TailSource): Promise<Piece[]> {
	const sizes = await connection.runAndReadAll(
		sql`SELECT coalesce(sum(octet_length(cells)), 0)::BIGINT, count(*) FROM ${table}`,
	);
	const [bytes, count] = sizes.getRows()[0]!;
	if (Number(bytes) > MAX_BYTES)
		throw untrusted(path, `its tail has ${bytes} bytes, and at most ${MAX_BYTES} are allowed`);
	if (count === 0n) return [];
	const read = await connection.runAndReadAll(sql`SELECT stream, rows, cells FROM ${table} ORDER BY rowid`);
	return read.getRows().map(([stream, rows, cells]) => ({
		stream: String(stream),
		rows: Number(rows),
		/* This copy is aligned, since it starts its buffer. */
		cells: Uint8Array.from((cells as { bytes: Uint8Array }).bytes),
	}));
}

function chunkTypes(types: readonly CellType[]) {
	const { TIMESTAMP_NS, UBIGINT, UINTEGER, BIGINT, DOUBLE } = duckdbClient();
	const counters = { u64: UBIGINT, i64: BIGINT, f64: DOUBLE } as const;
	return [TIMESTAMP_NS, UBIGINT, UINTEGER, ...types.map((type) => counters[type])];
}

/** Converts read_ns, which takes 8 bytes in the tail and 4 in the table. */
function narrowed(cells: Uint8Array, offset: number, rows: number): Uint32Array {
	return Uint32Array.from(new BigUint64Array(cells.buffer, offset, rows), Number);
}

function fill(vector: Parameters<typeof duckdb.copy_data_to_vector>[0], column: TailColumn, piece: Piece): void {
	const { rows, cells } = piece;
	if (column.type === "read_ns") {
		const values = narrowed(cells, column.offset, rows);
		duckdb.copy_data_to_vector(vector, 0, values.buffer as ArrayBuffer, 0, values.byteLength);
	} else duckdb.copy_data_to_vector(vector, 0, cells.buffer as ArrayBuffer, column.offset, 8 * rows);
	if (column.validity === null) return;
	const bits = new Uint8Array(new ArrayBuffer(layout.VALIDITY_BYTES));
	bits.set(column.validity);
	duckdb.vector_ensure_validity_writable(vector);
	duckdb.copy_data_to_vector_validity(vector, 0, bits.buffer as ArrayBuffer, 0, column.validity.byteLength);
}

async function appendPieces(
	source: TailSource,
	{ name: stream, columns }: StreamShape,
	schema: string,
	pieces: readonly Piece[],
): Promise<void> {
	const types = columns.map(({ type }) => type);
	const appender = await source.connection.createAppender(stream, schema, "memory");
	try {
		for (const piece of pieces) {
			const found = tailColumns(piece.cells, piece.rows, types);
			if (found === null)
				throw untrusted(source.path, `a piece of its tail is not as long as ${piece.rows} rows of stream ${stream}`);
			const chunk = duckdbClient().DuckDBDataChunk.create(chunkTypes(types), piece.rows);
			for (const [i, column] of found.entries()) fill(duckdb.data_chunk_get_vector(chunk.chunk, i), column, piece);
			appender.appendDataChunk(chunk);
		}
		appender.flushSync();
	} finally {
		appender.closeSync();
	}
}

/**
 * Creates a table for each stream that has rows in the tail, in a schema of the memory database.
 * @returns these tables by stream
 */
export async function openTail(source: TailSource, schema: string): Promise<Map<string, Sql>> {
	const tables = new Map<string, Sql>();
	const pieces = groupBy(await piecesOf(source), ({ stream }) => stream);
	if (pieces.size === 0) return tables;
	const { connection, streams, path } = source;
	await connection.run(sql`CREATE SCHEMA IF NOT EXISTS memory.${name(schema)}`);
	for (const [stream, own] of pieces) {
		const shape = streams.find((known) => known.name === stream);
		if (!shape) throw untrusted(path, "its tail has rows of no stream");
		const table = sql`memory.${name(schema)}.${name(stream)}`;
		await connection.run(streamTables(shape, table)[0]!);
		await appendPieces(source, shape, schema, own);
		tables.set(stream, table);
	}
	return tables;
}
