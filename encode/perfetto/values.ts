// SPDX-License-Identifier: Apache-2.0
/** Writes the values of an event: integers as steps or complete, or doubles. All functions take and return the two
 *  halves of 64 bits. */
import { fixed64Tag, putHalves, putSigned, varintTag } from "../protobuf.js";
import { TrackEvent } from "./schema.js";

/** The fields for values of one kind. A packet never mixes them. */
export interface Kind {
	readonly main: number;
	readonly extra: number;
	readonly extra_uuids: number;
	/** Mask of the upper half. It removes the sign of a double's zero, since a double has two zeros. */
	readonly zero_mask: number;
	/** @param from the halves of the value before; 0 where there is none */
	put(bytes: Uint8Array, at: number, low: number, high: number, from_low: number, from_high: number): number;
}

const UINT32 = 2 ** 32;

function putInteger(
	bytes: Uint8Array,
	at: number,
	low: number,
	high: number,
	from_low: number,
	from_high: number,
): number {
	/* There is no value before, so the pattern is written as it is, which may exceed 2^53. */
	if (from_low === 0 && from_high === 0) return putHalves(bytes, at, low, high);
	return putSigned(bytes, at, (high - from_high) * UINT32 + (low - from_low));
}

export function putDouble(bytes: Uint8Array, at: number, low: number, high: number): number {
	for (let i = 0; i < 4; i++) {
		bytes[at + i] = low >>> (8 * i);
		bytes[at + 4 + i] = high >>> (8 * i);
	}
	return at + 8;
}

export const integers: Kind = {
	main: varintTag(TrackEvent.counter_value),
	extra: varintTag(TrackEvent.extra_counter_values),
	extra_uuids: TrackEvent.extra_counter_track_uuids,
	zero_mask: 0xffffffff,
	put: putInteger,
};

export const doubles: Kind = {
	main: fixed64Tag(TrackEvent.double_counter_value),
	extra: fixed64Tag(TrackEvent.extra_double_counter_values),
	extra_uuids: TrackEvent.extra_double_counter_track_uuids,
	zero_mask: 0x7fffffff,
	put: putDouble,
};
