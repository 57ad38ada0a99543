// SPDX-License-Identifier: Apache-2.0
/**
 * What the card writes for one value of one counter. Over the command the encoding is published. Into memory of ours
 * (diagnostic_params_context.tracer_dump) it is not: so decoding is an interface, with the one known form behind it, and any
 * use of it for memory is an experiment. Rows of a recording are decoded in C (mlx5/records.c); this is for tools and tests.
 */
import { decode } from "./layout.js";
import { legacyRecord } from "./layouts.js";

export interface SampledValue {
	readonly counter: number;
	/** Wraps at 65,536. */
	readonly sample: number;
	/** Device clocks; wraps at 2^32. */
	readonly clock: number;
	readonly value: bigint;
}

export interface RecordDecoder {
	readonly name: string;
	/** Bytes of a record. */
	readonly bytes: number;
	/** Nobody has published that the card writes this form into memory. */
	readonly experimentalInMemory: boolean;
	decode(bytes: Uint8Array, at: number): SampledValue;
}

export const legacyDecoder: RecordDecoder = {
	name: "legacy, 16 bytes",
	bytes: 16,
	experimentalInMemory: true,
	decode(bytes, at) {
		const { counter_id, sample_id, time_stamp, counter_value_h, counter_value_l } = decode(legacyRecord, bytes, at);
		const value = (BigInt(counter_value_h) << 32n) | BigInt(counter_value_l);
		return { counter: counter_id, sample: sample_id, clock: time_stamp, value };
	},
};

/** All whole records from byte `from` on. */
export function decodeRecords(bytes: Uint8Array, from: number, decoder = legacyDecoder): SampledValue[] {
	const count = Math.max(0, Math.floor((bytes.length - from) / decoder.bytes));
	return Array.from({ length: count }, (_, i) => decoder.decode(bytes, from + i * decoder.bytes));
}
