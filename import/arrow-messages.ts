// SPDX-License-Identifier: Apache-2.0
/**
 * Reads the messages of an Arrow stream or file, one after the other. Each step takes bytes or fails, so reading ends
 * on any input. A length is believed only when that many bytes are there.
 *
 *   stream    message... end mark
 *   file      "ARROW1" and 2 bytes, stream, footer, i32 bytes of the footer, "ARROW1"
 *   message   ff ff ff ff, i32 bytes of the head, head, body; before version 0.15 without the first four bytes
 *   end mark  a message whose head has 0 bytes
 */
import { type FileHandle, open } from "node:fs/promises";
import type { Readable } from "node:stream";
import { Damaged, Table } from "./flatbuffer.js";

const MAGIC = "ARROW1";
const FILE_START = 8;
/** The length of the footer, and the magic. */
const FILE_END = 4 + MAGIC.length;
const CONTINUATION = -1;

/** The longest head. A head holds the schema with all metadata, or the lengths of a batch. */
const MAX_HEAD = 64 << 20;
/** The longest body. A batch is held in memory as a whole. */
const MAX_BODY = 2 ** 31;

/** A source of bytes, in order. */
interface Source {
	/** Takes this many bytes, or as many as are left at the end. They belong to the caller. */
	take(bytes: number): Promise<Buffer>;
	/** Number of bytes left; null where it is not known. */
	readonly left: number | null;
	close(): Promise<void>;
}

class FileSource implements Source {
	readonly #file: FileHandle;
	#place: number;
	readonly #end: number;

	constructor(file: FileHandle, place: number, end: number) {
		this.#file = file;
		this.#place = place;
		this.#end = end;
	}

	get left(): number {
		return this.#end - this.#place;
	}

	async take(bytes: number): Promise<Buffer> {
		const buffer = await readAt(this.#file, this.#place, Math.min(bytes, this.left));
		this.#place += buffer.length;
		return buffer;
	}

	async close(): Promise<void> {
		await this.#file.close();
	}
}

async function readAt(file: FileHandle, place: number, bytes: number): Promise<Buffer> {
	const buffer = Buffer.allocUnsafeSlow(bytes);
	let filled = 0;
	while (filled < bytes) {
		const { bytesRead } = await file.read(buffer, filled, bytes - filled, place + filled);
		if (bytesRead === 0) break;
		filled += bytesRead;
	}
	return buffer.subarray(0, filled);
}

/** A pipe. Memory grows with the bytes that arrive, not with those that are promised. */
class PipeSource implements Source {
	readonly #chunks: AsyncIterator<Buffer>;
	#rest: Buffer = Buffer.alloc(0);
	readonly left = null;

	constructor(pipe: Readable) {
		this.#chunks = pipe.iterator({ destroyOnReturn: false });
	}

	async take(bytes: number): Promise<Buffer> {
		const pieces = [this.#rest];
		let got = this.#rest.length;
		while (got < bytes) {
			const { done, value } = await this.#chunks.next();
			if (done) break;
			pieces.push(value);
			got += value.length;
		}
		const taken = Buffer.allocUnsafeSlow(Math.min(bytes, got));
		let place = 0;
		for (const piece of pieces) place += piece.copy(taken, place);
		const last = pieces.at(-1)!;
		this.#rest = last.subarray(last.length - (got - taken.length));
		return taken;
	}

	async close(): Promise<void> {
		await this.#chunks.return?.();
	}
}

export interface Message {
	readonly head: Table;
	readonly body: Buffer;
}

/** What the footer of a file contains. Some writers have the schema only there. */
export interface Footer {
	readonly version: number;
	readonly schema: Table;
	readonly batches: number;
}

function readFooter(table: Table): Footer {
	const schema = table.table(1);
	if (!schema) throw new Damaged("it has no schema");
	return { version: table.i16(0), schema, batches: table.vector(3, 24).length };
}

/** Kinds of messages, as the union MessageHeader numbers them. */
export const header = { schema: 1, dictionary: 2, batch: 3 } as const;

/** The schema, dictionary or batch in a message. */
export function contentOf(head: Table): Table {
	const content = head.table(2);
	if (!content) throw new Damaged("a message has no content");
	return content;
}

const cutOff = (wanted: number, got: number): Damaged => new Damaged(`${wanted} bytes should follow, and ${got} do`);

export class Messages {
	readonly #source: Source;
	/** The footer of a file; null for a stream, which has none. */
	readonly footer: Footer | null;
	/** Number of bytes read. */
	bytes = 0;

	private constructor(source: Source, footer: Footer | null) {
		this.#source = source;
		this.footer = footer;
	}

	/** @param input a path or a stream of bytes */
	static async open(input: string | Readable): Promise<Messages> {
		if (typeof input !== "string") return new Messages(new PipeSource(input), null);
		const file = await open(input);
		try {
			const { size } = await file.stat();
			const begin = (await readAt(file, 0, FILE_START)).toString("latin1");
			if (!begin.startsWith(MAGIC)) return new Messages(new FileSource(file, 0, size), null);
			const footer = await footerOf(file, size);
			const end = size - FILE_END - footer.length;
			return new Messages(new FileSource(file, FILE_START, end), readFooter(Table.root(footer)));
		} catch (error) {
			await file.close();
			throw error;
		}
	}

	async #take(bytes: number): Promise<Buffer> {
		const taken = await this.#source.take(bytes);
		this.bytes += taken.length;
		return taken;
	}

	async #exactly(bytes: number): Promise<Buffer> {
		const { left } = this.#source;
		if (left !== null && bytes > left) throw cutOff(bytes, left);
		const taken = await this.#take(bytes);
		if (taken.length < bytes) throw cutOff(bytes, taken.length);
		return taken;
	}

	/** Length of the next head in bytes. 0 means the end: its mark, or no more bytes. */
	async #headBytes(): Promise<number> {
		const first = await this.#take(4);
		if (first.length === 0) return 0;
		if (first.length < 4) throw cutOff(4, first.length);
		/* This is a file that came through a pipe. */
		if (this.bytes === 4 && first.toString("latin1") === MAGIC.slice(0, 4)) {
			await this.#exactly(FILE_START - 4);
			return this.#headBytes();
		}
		const said = first.readInt32LE();
		return said === CONTINUATION ? (await this.#exactly(4)).readInt32LE() : said;
	}

	/** The next message; null after the last. */
	async next(): Promise<Message | null> {
		const bytes = await this.#headBytes();
		if (bytes === 0) return null;
		if (bytes < 0 || bytes > MAX_HEAD) throw new Damaged(`a message claims a head of ${bytes} bytes`);
		const head = Table.root(await this.#exactly(bytes));
		const body = head.i64(3);
		if (body < 0 || body > MAX_BODY) throw new Damaged(`a message claims a body of ${body} bytes`);
		return { head, body: await this.#exactly(body) };
	}

	close(): Promise<void> {
		return this.#source.close();
	}
}

async function footerOf(file: FileHandle, size: number): Promise<Buffer> {
	const room = size - FILE_START - FILE_END;
	const end = await readAt(file, Math.max(0, size - FILE_END), FILE_END);
	if (room < 0 || end.toString("latin1", 4) !== MAGIC) throw new Damaged("its end is missing");
	const bytes = end.readInt32LE();
	if (bytes <= 0 || bytes > room || bytes > MAX_HEAD) throw new Damaged(`its footer claims ${bytes} bytes`);
	return readAt(file, size - FILE_END - bytes, bytes);
}
