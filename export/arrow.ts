// SPDX-License-Identifier: Apache-2.0
/** Writes Arrow IPC, as a file and as a stream. Names, types and metadata are those of a live stream (`record -o
 *  -`). */
import { arrowSchema, recordOf } from "../encode/arrow-block.js";
import { gather } from "../encode/gather.js";
import { IpcEncoder, IpcFileEncoder } from "../encode/ipc.js";
import type { Sink } from "./byte-sink.js";
import type { Format } from "./format.js";
import type { ExportInput, ExportStream } from "./input.js";
import { aboutRecording } from "./metadata.js";

/** Values in one batch: 8 MB. A few batches are in memory at once. */
const BATCH_VALUES = 1 << 20;
const VECTOR = 2048;

/** Rows in one batch: whole vectors of DuckDB, and few enough that a narrow stream gives batches often. */
const batchRows = (columns: number): number =>
	Math.max(VECTOR, Math.min(32 * VECTOR, Math.floor(BATCH_VALUES / columns / VECTOR) * VECTOR));

async function write(
	encoder: IpcEncoder | IpcFileEncoder,
	input: ExportInput,
	stream: ExportStream,
	sink: Sink,
): Promise<void> {
	const schema = arrowSchema(stream, aboutRecording(input, stream));
	await sink.write(encoder.begin(schema));
	for await (const block of gather(stream, input.rows(stream), batchRows(stream.columns.length)))
		await sink.write(encoder.encode(recordOf(block, schema)));
	await sink.write(encoder.conclude());
}

export const arrow: Format = {
	name: "arrow",
	extensions: ["arrow", "feather"],
	about: "Arrow IPC file",
	binary: true,
	perStream: true,
	pipes: true,
	write: (input, [stream], sink) => write(new IpcFileEncoder(), input, stream!, sink),
};

export const arrowStream: Format = {
	name: "arrows",
	extensions: ["arrows"],
	about: "Arrow IPC stream",
	binary: true,
	perStream: true,
	pipes: true,
	write: (input, [stream], sink) => write(new IpcEncoder(), input, stream!, sink),
};
