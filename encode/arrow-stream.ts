// SPDX-License-Identifier: Apache-2.0
/**
 * Writes a recording of one stream as an Arrow IPC stream. The rows are those of the stream's table. Custom metadata:
 *
 *   schema       that of arrowSchema(), and `recording`: the row of that table as far as it is known, a JSON object
 *   batches      `gaps`: [first_tick, ticks, reason, noticed_at_ns]... before the last row of the batch, if any;
 *                `marks`: [ts_ns, name, detail]...
 *   last batch   it has no rows; `recording` and `stream_end`: what is known at the end, by columns of those tables
 *
 * Integers that JSON would round are strings.
 */
import { RecordBatch, type Schema } from "apache-arrow";
import type { End, Mark, RecordingHeader, Started } from "../sampler/recorded.js";
import type { Gap } from "../sampler/ring.js";
import { noRows } from "./arrow-block.js";
import { IpcEncoder } from "./ipc.js";

const json = (value: unknown): string => JSON.stringify(value, (_, v) => (typeof v === "bigint" ? v.toString() : v));

/** The schema's metadata about the recording. */
export function about(header: RecordingHeader, { start_ns, grants }: Started): [string, string][] {
	const { version, wall_offset_ns, ...plain } = header;
	const row = {
		countersink_version: version,
		started_at_ns: start_ns + wall_offset_ns,
		start_monotonic_ns: start_ns,
		wall_offset_ns,
		...plain,
		realtime: grants.realtime || grants.nice,
		locked: grants.locked,
	};
	return [["recording", json(row)]];
}

export class ArrowStream {
	readonly schema: Schema;
	readonly #encoder = new IpcEncoder();

	constructor(schema: Schema) {
		this.schema = schema;
	}

	begin(): Uint8Array {
		return this.#encoder.begin(this.schema);
	}

	#encode(data: RecordBatch["data"], metadata: readonly (readonly [string, unknown])[]): Uint8Array {
		const texts = metadata.map(([key, value]) => [key, json(value)] as const);
		return this.#encoder.encode(new RecordBatch(this.schema, data, new Map(texts)));
	}

	/** @param record the rows; null where there are only gaps or marks */
	batch(record: RecordBatch | null, gaps: readonly Gap[], marks: readonly Mark[]): Uint8Array {
		const gapRows = gaps.map(({ first_tick, ticks, reason, at_ns }) => [first_tick, ticks, reason, at_ns]);
		const markRows = marks.map(({ ts, name, detail }) => [ts, name, detail]);
		return this.#encode(
			record?.data ?? noRows(this.schema),
			[["gaps", gapRows] as const, ["marks", markRows] as const].filter(([, rows]) => rows.length > 0),
		);
	}

	conclude(end: End, ended_at_ns: bigint, sampler_cpu_ns: number, stream: Record<string, number>): Uint8Array {
		const { ending, detail, command_status } = end;
		const recording = { ended: ending, ended_at_ns, detail, command_status, sampler_cpu_ns };
		const last = this.#encode(noRows(this.schema), [
			["recording", recording],
			["stream_end", stream],
		]);
		return Buffer.concat([last, this.#encoder.conclude()]);
	}
}
