// SPDX-License-Identifier: Apache-2.0
/** Stages an Arrow file or stream, batch by batch. */
import type { Readable } from "node:stream";
import duckdb, { type Appender, type DataChunk, type Vector } from "@duckdb/node-bindings";
import { CountersinkError, failure, isDiskFull, messageOf, usageError } from "../base/errors.js";
import { formatCount } from "../base/units.js";
import { join, name as quoted, sql } from "../storage/sql.js";
import { type Column, Compressed, columnsOf, valuesOf } from "./arrow-batch.js";
import { contentOf, header, type Message, Messages } from "./arrow-messages.js";
import { type Field, kind, metadataOf, type Schema, schemaOf } from "./arrow-schema.js";
import { type Checked, type Copy, copyFor, type Texts, textsOf } from "./arrow-types.js";
import { Damaged, type Table } from "./flatbuffer.js";
import type { Metadata, Staging } from "./staging.js";
import { MAX_SAID } from "./told.js";

/** Rows in a DuckDB chunk. */
const CHUNK = 2048;
/** Number of values after which they are flushed: 32 MB. An appender left alone would gather 204,800 rows of any
 *  width. */
const FLUSH_VALUES = 4_194_304;

interface Taken {
	readonly index: number;
	readonly field: Field;
	readonly copy: Copy;
}

class Appending {
	readonly #appender: Appender;
	readonly #chunk: DataChunk;
	#values = 0;

	constructor(staging: Staging, columns: number) {
		this.#appender = staging.database.appender("rows", "staging");
		const types = Array.from({ length: columns }, (_, i) => duckdb.appender_column_type(this.#appender, i));
		this.#chunk = duckdb.create_data_chunk(types);
	}

	append(total: number, columns: readonly Checked[]): void {
		for (let first = 0; first < total; first += CHUNK) {
			const rows = Math.min(CHUNK, total - first);
			duckdb.data_chunk_reset(this.#chunk);
			duckdb.data_chunk_set_size(this.#chunk, rows);
			columns.forEach((column, i) => {
				const into = duckdb.data_chunk_get_vector(this.#chunk, i);
				copyValidity(into, column, first, rows);
				column.copy(into, first, rows);
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

/* Chunks start at multiples of 2,048 rows, so at whole bytes of the bitmap. */
function copyValidity(into: Vector, { validity }: Checked, first: number, rows: number): void {
	if (validity === null) return;
	const bytes = Uint8Array.from(validity.subarray(first / 8, Math.ceil((first + rows) / 8)));
	duckdb.vector_ensure_validity_writable(into);
	duckdb.copy_data_to_vector_validity(into, 0, bytes.buffer, 0, bytes.byteLength);
}

/** Holds the texts of dictionaries, by id. A dictionary may be long, and each row may name its longest text. */
class Dictionaries implements Texts {
	readonly #messages: Messages;
	readonly #fields: readonly Field[];
	readonly #texts = new Map<number, (string | null)[]>();
	#spent = 0;

	constructor(messages: Messages, fields: readonly Field[]) {
		this.#messages = messages;
		this.#fields = fields;
	}

	add({ head, body }: Message): void {
		const table = contentOf(head);
		const id = table.i64(0);
		const field = this.#fields.find(({ dictionary }) => dictionary?.id === id);
		/* The dictionary belongs to a column that is left out, or to a column within one. */
		if (!field) return;
		const values = valuesOf(dataOf(table), body, field, 3);
		const text = textsOf(values, field.kind === kind.largeUtf8);
		const texts = Array.from({ length: values.rows }, (_, row) =>
			isSet(values, row) ? text(row).toString("utf8") : null,
		);
		const before = this.#texts.get(id);
		if (table.u8(2) === 0 || !before) this.#texts.set(id, texts);
		/* This is a delta: more texts of the same dictionary. */ else for (const each of texts) before.push(each);
	}

	dictionary = (id: number): readonly (string | null)[] => this.#texts.get(id) ?? [];

	spend = (letters: number): void => {
		this.#spent += letters;
		if (this.#spent > MAX_GROWTH * this.#messages.bytes + SLACK)
			throw new Damaged("its dictionaries repeat texts too often");
	};
}

/** The most bytes of dictionary texts for each byte that was read. */
const MAX_GROWTH = 64;
const SLACK = 64 << 20;

function dataOf(dictionary: Table): Table {
	const data = dictionary.table(1);
	if (!data) throw new Damaged("a dictionary has no content");
	return data;
}

const isSet = ({ validity }: Column, row: number): boolean =>
	validity === null || ((validity[row >> 3]! >> (row & 7)) & 1) === 1;

/** Says what went wrong, in one sentence. */
function explain(name: string, error: unknown, rows: number): unknown {
	if (isDiskFull(error) || error instanceof CountersinkError) return error;
	if (error instanceof Compressed)
		return failure(
			`the batches in ${name} are compressed, which is not read here; write it without compression, or as Parquet`,
		);
	const damage = `${name} is damaged or cut off after ${formatCount(rows, "row")} (${messageOf(error)}); nothing was imported`;
	return failure(damage, error);
}

export interface ArrowInput {
	readonly metadata: Metadata;
	/** Columns whose types cannot be counters. */
	readonly leftOut: readonly string[];
}

/** @param input a path, or a stream of bytes
 *  @param progress called with the rows so far */
export async function stageArrow(
	staging: Staging,
	input: string | Readable,
	name: string,
	progress: (rows: number) => void,
): Promise<ArrowInput> {
	let messages: Messages | undefined;
	const reading = { rows: 0 };
	try {
		messages = await Messages.open(input);
		return await stageMessages(staging, messages, name, (rows) => {
			reading.rows = rows;
			progress(rows);
		});
	} catch (error) {
		throw explain(name, error, reading.rows);
	} finally {
		await messages?.close();
	}
}

async function firstOf(messages: Messages): Promise<Schema> {
	const { footer } = messages;
	if (footer) return schemaOf(footer.schema, footer.version);
	const first = await messages.next();
	if (!first || first.head.u8(1) !== header.schema) throw new Damaged("it has no schema");
	return schemaOf(contentOf(first.head), first.head.i16(0));
}

async function stageMessages(
	staging: Staging,
	messages: Messages,
	name: string,
	progress: (rows: number) => void,
): Promise<ArrowInput> {
	const schema = await firstOf(messages);
	const { taken, leftOut } = layOut(schema, name);
	const names = taken.map(({ field }) => quoted(field.name));
	await staging.run(
		sql`CREATE TABLE staging.rows (${join(taken.map(({ copy }, i) => sql`${names[i]!} ${copy.type}`))})`,
	);
	const into = new Appending(staging, taken.length);
	const texts = new Dictionaries(
		messages,
		taken.map(({ field }) => field),
	);
	const indices = taken.map(({ index }) => index);
	const said = new Said();
	let [rows, batches] = [0, 0];
	for (let message = await messages.next(); message; message = await messages.next()) {
		const is = message.head.u8(1);
		if (is === header.dictionary) texts.add(message);
		else if (is === header.batch) {
			const batch = columnsOf(contentOf(message.head), message.body, schema.fields, indices);
			const checked = batch.columns.map((column, i) => taken[i]!.copy.check(column, texts));
			into.append(batch.rows, checked);
			said.add(metadataOf(message.head, 4), name);
			rows += batch.rows;
			batches++;
		} else if (is !== header.schema || messages.footer === null || batches > 0)
			throw new Damaged(`a message is of kind ${is}`);
		progress(rows);
	}
	const { footer } = messages;
	if (footer && batches !== footer.batches)
		throw new Damaged(`its footer lists ${footer.batches} batches, and it has ${batches}`);
	into.close();
	const about = new Map(schema.fields.map((field) => [field.name, field.metadata] as const));
	return { metadata: { table: schema.metadata, columns: about, batches: said.batches }, leftOut };
}

/** Holds the metadata of batches in memory until the last one. */
class Said {
	readonly batches: ReadonlyMap<string, string>[] = [];
	#letters = 0;

	add(metadata: ReadonlyMap<string, string>, name: string): void {
		if (metadata.size === 0) return;
		for (const [key, value] of metadata) this.#letters += key.length + value.length;
		if (this.#letters > MAX_SAID)
			throw failure(
				`${name} has more than 64 MiB of metadata about its rows; leave out the custom metadata of its batches`,
			);
		this.batches.push(metadata);
	}
}

function layOut(schema: Schema, name: string): { taken: Taken[]; leftOut: string[] } {
	const copies = schema.fields.map(copyFor);
	const taken = copies.flatMap((copy, index) => (copy ? [{ index, field: schema.fields[index]!, copy }] : []));
	const leftOut = schema.fields.filter((_, i) => !copies[i]).map((field) => field.name);
	if (taken.length === 0)
		throw usageError(
			`${name} has no column of times and numbers${leftOut.length > 0 ? ` (${leftOut.slice(0, 5).join(", ")} are neither)` : ""}, so there is nothing to count`,
		);
	return { taken, leftOut };
}
