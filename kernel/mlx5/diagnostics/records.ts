// SPDX-License-Identifier: Apache-2.0
/**
 * What the card writes for one value of one counter. Over the command the encoding is published. Into memory of ours
 * (diagnostic_params_context.tracer_dump) it is not: so decoding is an interface, with the one known form behind it, and any
 * use of it for memory is an experiment. Rows of a recording are decoded in C (records.c); this is for tools and tests.
 */
import { bytesOf, decode, encode, type Layout, u16, u32 } from "../transport/bit-fields.js";
import { type Command, inbox, scope } from "../transport/mailbox.js";

/** QUERY_DIAGNOSTIC_COUNTERS: 16 bytes in, records after a header of 16 bytes out. */
export const counterQuery = { num_of_samples: u16(8), sample_index: u16(10) } satisfies Layout;
export const records = { begin: 16 } as const;

/** The 16-byte record: one value of one counter. Both sample_id and time_stamp wrap. */
export const legacyRecord = {
	counter_id: u16(0),
	sample_id: u16(2),
	time_stamp: u32(4),
	counter_value_h: u32(8),
	counter_value_l: u32(12),
} satisfies Layout;

/** What the sampler sends over and over; the reader that empties a ring puts its own numbers into the two fields. */
export function queryCounters(num_of_samples: number, sample_index: number, counters = 1): Command {
	const made = inbox("QUERY_DIAGNOSTIC_COUNTERS");
	encode(counterQuery, { num_of_samples, sample_index }, made);
	const outBytes = records.begin + num_of_samples * counters * bytesOf(legacyRecord);
	return { name: "QUERY_DIAGNOSTIC_COUNTERS", scope: scope.debugReadOnly, inbox: made, outBytes };
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
