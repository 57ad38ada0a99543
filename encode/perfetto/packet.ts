// SPDX-License-Identifier: Apache-2.0
/**
 * Writes the packets with the values of a sequence in place:
 *
 *   0x0a length
 *     timestamp                    since the packet before, on the sequence's own clock
 *     trusted_packet_sequence_id
 *     sequence_flags
 *     track_event length
 *       type                       a counter
 *       track_uuid                 } only where the defaults do not say it
 *       extra_counter_track_uuids  }
 *       counter_value              the first value
 *       extra_counter_values       the others, one field each, since trace_processor reads no packed ones
 */
import { bytesTag, number, putSigned, putVarint, varintTag } from "../protobuf.js";
import type { Blocks } from "./block.js";
import type { Cells } from "./cells.js";
import { SequenceFlags, Trace, TracePacket, TrackEvent, TrackEventType } from "./schema.js";
import { doubles, type Kind, putDouble } from "./values.js";

const UINT32 = 2 ** 32;
const PACKET = bytesTag(Trace.packet);
const TIMESTAMP = varintTag(TracePacket.timestamp);
const EVENT = bytesTag(TracePacket.track_event);
const TRACK = varintTag(TrackEvent.track_uuid);
const COUNTER = number(TrackEvent.type, TrackEventType.counter);

/** Lengths are filled in afterwards. Nine values take less than 128 bytes without their tracks, and less than 2^14
 *  with them. */
const SHORT = 1;
const LONG = 2;

function putLength(bytes: Uint8Array, at: number, size: number, length: number): void {
	if (size === LONG) bytes[at + 1] = length >> 7;
	bytes[at] = size === LONG ? (length & 0x7f) | 0x80 : length;
}

function putBytes(bytes: Uint8Array, at: number, from: Uint8Array): number {
	for (let i = 0; i < from.length; i++) bytes[at + i] = from[i]!;
	return at + from.length;
}

export class Packets {
	/** The uuid of each member. */
	readonly uuid: Float64Array;
	readonly incremental: Uint8Array;
	readonly #low: Uint32Array;
	readonly #high: Uint32Array;
	readonly #kind: Kind;
	readonly #head: Uint8Array;
	/** The timestamp of the packet before. */
	#stamp_low = 0;
	#stamp_high = 0;

	constructor(sequence: number, kind: Kind, members: number) {
		this.uuid = new Float64Array(members);
		this.incremental = new Uint8Array(members);
		this.#low = new Uint32Array(members);
		this.#high = new Uint32Array(members);
		this.#kind = kind;
		this.#head = Buffer.concat([
			number(TracePacket.trusted_packet_sequence_id, sequence),
			number(TracePacket.sequence_flags, SequenceFlags.needs_incremental_state),
		]);
	}

	/** Restarts after the incremental state was cleared at the time of this row: steps start at 0, the clock at its
	 *  timestamp. */
	restart({ stamps }: Cells, row: number): void {
		this.#low.fill(0);
		this.#high.fill(0);
		this.#stamp_low = stamps[2 * row]!;
		this.#stamp_high = stamps[2 * row + 1]!;
	}

	/** Writes the values of the first `count` members of `order`. The packet lists them unless they are the defaults. */
	put(blocks: Blocks, cells: Cells, row: number, order: Int32Array, count: number, listed: boolean): void {
		const { bytes } = blocks;
		const size = listed ? LONG : SHORT;
		const start = blocks.at + 1 + size;
		const event = this.#begin(bytes, blocks.at, start, cells, row) + size;
		let at = putBytes(bytes, event, COUNTER);
		if (listed) at = this.#putTracks(bytes, at, order, count);
		at = this.#putValues(bytes, at, cells, row, order, count);
		putLength(bytes, event - size, size, at - event);
		putLength(bytes, start - size, size, at - start);
		blocks.at = at;
	}

	/** Writes a value from 2^63 on, in a packet of its own. */
	putNearest(blocks: Blocks, cells: Cells, row: number, m: number): void {
		const { bytes } = blocks;
		const start = blocks.at + 1 + SHORT;
		const event = this.#begin(bytes, blocks.at, start, cells, row) + SHORT;
		let at = putVarint(bytes, putBytes(bytes, event, COUNTER), TRACK);
		at = putVarint(bytes, putVarint(bytes, at, this.uuid[m]!), doubles.main);
		const value = new Float64Array([cells.values[m]![2 * row + 1]! * UINT32 + cells.values[m]![2 * row]!]);
		const [low, high] = new Uint32Array(value.buffer);
		at = putDouble(bytes, at, low!, high!);
		putLength(bytes, event - SHORT, SHORT, at - event);
		putLength(bytes, start - SHORT, SHORT, at - start);
		blocks.at = at;
	}

	/** Writes the packet up to the tag of the event, whose length comes next. */
	#begin(bytes: Uint8Array, from: number, start: number, { stamps }: Cells, row: number): number {
		const low = stamps[2 * row]!;
		const high = stamps[2 * row + 1]!;
		bytes[from] = PACKET;
		bytes[start] = TIMESTAMP;
		let at = putSigned(bytes, start + 1, (high - this.#stamp_high) * UINT32 + (low - this.#stamp_low));
		this.#stamp_low = low;
		this.#stamp_high = high;
		at = putBytes(bytes, at, this.#head);
		bytes[at] = EVENT;
		return at + 1;
	}

	#putTracks(bytes: Uint8Array, from: number, order: Int32Array, count: number): number {
		let at = from;
		for (let i = 0; i < count; i++) {
			at = putVarint(bytes, at, i === 0 ? TRACK : varintTag(this.#kind.extra_uuids));
			at = putVarint(bytes, at, this.uuid[order[i]!]!);
		}
		return at;
	}

	#putValues(
		bytes: Uint8Array,
		from: number,
		{ values }: Cells,
		row: number,
		order: Int32Array,
		count: number,
	): number {
		const kind = this.#kind;
		let at = from;
		for (let i = 0; i < count; i++) {
			const m = order[i]!;
			const low = values[m]![2 * row]!;
			const high = values[m]![2 * row + 1]!;
			at = putVarint(bytes, at, i === 0 ? kind.main : kind.extra);
			at = kind.put(bytes, at, low, high, this.#low[m]!, this.#high[m]!);
			if (this.incremental[m] === 1) {
				this.#low[m] = low;
				this.#high[m] = high;
			}
		}
		return at;
	}
}
