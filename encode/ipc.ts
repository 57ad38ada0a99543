// SPDX-License-Identifier: Apache-2.0
/** Encodes Arrow's IPC message by message. Each message is assembled in one copy, so that the batch can be
 *  released. */
import {
	Message,
	type RecordBatch,
	RecordBatchFileWriter,
	RecordBatchStreamWriter,
	type RecordBatchWriter,
	type Schema,
} from "apache-arrow";

// biome-ignore lint/suspicious/noExplicitAny: TypeScript requires this of a class that extends any of several
type ClassOf<T> = new (...options: any[]) => T;
type WriterClass = ClassOf<RecordBatchWriter>;

export interface Encoder {
	/** The start of the stream. */
	begin(schema: Schema): Uint8Array;
	encode(batch: RecordBatch): Uint8Array;
	/** The end of the stream. A stream without it was cut off. */
	conclude(): Uint8Array;
}

/* Apache Arrow's own queue would keep the chunks, which are views over memory that is about to be overwritten. */
const collecting = <Writer extends WriterClass>(Base: Writer): Writer & ClassOf<Encoder> =>
	class extends Base {
		readonly #chunks: Uint8Array[] = [];

		protected override _write(chunk: ArrayBufferView): this {
			if (!this._started || chunk.byteLength === 0) return this;
			this.#chunks.push(new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength));
			this._position += chunk.byteLength;
			return this;
		}

		#take(): Uint8Array {
			const bytes = Buffer.concat(this.#chunks);
			this.#chunks.length = 0;
			return bytes;
		}

		begin(schema: Schema): Uint8Array {
			this.reset(undefined, schema);
			return this.#take();
		}

		encode(batch: RecordBatch): Uint8Array {
			this.write(batch);
			return this.#take();
		}

		conclude(): Uint8Array {
			this.finish();
			return this.#take();
		}
	};

export class IpcEncoder extends collecting(RecordBatchStreamWriter) {
	constructor() {
		super({ autoDestroy: false });
	}
}

/** Encodes the file format: a stream between magic words, and a footer that says where each batch is. */
export class IpcFileEncoder extends collecting(RecordBatchFileWriter) {
	/* Apache Arrow writes the schema only into the footer. The format has it in front, too, for readers that take the
	 * file as a stream. */
	protected override _writeSchema(schema: Schema): this {
		super._writeSchema(schema);
		return this._writeMessage(Message.from(schema));
	}
}
