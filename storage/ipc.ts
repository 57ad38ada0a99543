// SPDX-License-Identifier: Apache-2.0
/** Arrow's IPC stream message by message: each is assembled in one copy, so that the batch behind it can be released. */
import { type RecordBatch, RecordBatchStreamWriter, type Schema } from "apache-arrow";

export class IpcEncoder extends RecordBatchStreamWriter {
	readonly #chunks: Uint8Array[] = [];

	constructor() {
		super({ autoDestroy: false });
	}

	/* Its own queue would hold on to the chunks, which are views over memory that the sampler is about to overwrite. */
	protected override _write(chunk: ArrayBufferView): this {
		if (this._started && chunk.byteLength > 0)
			this.#chunks.push(new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength));
		return this;
	}

	#take(): Uint8Array {
		const bytes = Buffer.concat(this.#chunks);
		this.#chunks.length = 0;
		return bytes;
	}

	/** What the stream begins with. */
	begin(schema: Schema): Uint8Array {
		this.reset(undefined, schema);
		return this.#take();
	}

	encode(batch: RecordBatch): Uint8Array {
		this.write(batch);
		return this.#take();
	}

	/** What the stream ends with: a stream without it was cut off. */
	conclude(): Uint8Array {
		this.finish();
		return this.#take();
	}
}
