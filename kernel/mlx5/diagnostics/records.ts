// SPDX-License-Identifier: Apache-2.0
/**
 * QUERY_DIAGNOSTIC_COUNTERS: what the card writes for one value of one counter. The encoding of the command's answer is
 * published. The encoding in memory of ours (parameters_context.tracer_dump) is not: decoding is an interface with the
 * one known form, and any use of it for memory is an experiment. Rows of a recording are decoded in C (records.c); this
 * is for tools and tests.
 */
import { decode, encode } from "../transport/bit-fields.js";
import { counterQuery, firmware, sampleRecord } from "../transport/firmware.gen.js";
import { type Command, command } from "../transport/mailbox.js";

/** The reader that empties a ring writes its own numbers to the two fields. */
export function queryCounters(num_of_samples: number, sample_index: number, counters = 1): Command {
	const query = command("QUERY_DIAGNOSTIC_COUNTERS", {
		outBytes: firmware.RECORDS_START + num_of_samples * counters * firmware.RECORD_BYTES,
	});
	encode(counterQuery, { num_of_samples, sample_index }, query.inbox);
	return query;
}

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
	bytes: firmware.RECORD_BYTES,
	experimentalInMemory: true,
	decode(bytes, at) {
		const { counter_id, sample_id, time_stamp, value_h, value_l } = decode(sampleRecord, bytes, at);
		const value = (BigInt(value_h) << 32n) | BigInt(value_l);
		return { counter: counter_id, sample: sample_id, clock: time_stamp, value };
	},
};

/** All whole records from byte `from` on. */
export function decodeRecords(bytes: Uint8Array, from: number, decoder = legacyDecoder): SampledValue[] {
	const count = Math.max(0, Math.floor((bytes.length - from) / decoder.bytes));
	return Array.from({ length: count }, (_, i) => decoder.decode(bytes, from + i * decoder.bytes));
}
