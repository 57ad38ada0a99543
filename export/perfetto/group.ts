// SPDX-License-Identifier: Apache-2.0
/**
 * Writes up to nine counters of one stream on one packet sequence, one packet per row (packet.ts). The values of a
 * packet are those of the first n tracks of the sequence's defaults. Where that does not fit, the packet lists its
 * tracks. Facts about trace_processor (src/trace_processor of google/perfetto, 2021 to 2026), and what follows from
 * them:
 *
 *   - it takes at most 8 extra values (TrackEventData::kMaxNumExtraCounters) and drops a packet with more
 *   - after an extra value of 0 it reads all others as 0 (sorter/trace_token_buffer.cc): zeros come last
 *   - with new defaults it may forget the values that steps add to, so steps start anew
 *     (packet_sequence_state_generation.cc)
 *   - it adds steps as doubles: from 2^53 on, a counter continues on a second track, without steps
 *   - it holds values as doubles: from 2^63 on, where int64 ends, a value is the nearest double, in its own packet
 */

import type { Blocks } from "../../encode/perfetto/block.js";
import { Cells } from "../../encode/perfetto/cells.js";
import { ownClock } from "../../encode/perfetto/clock-snapshot.js";
import { Packets } from "../../encode/perfetto/packet.js";
import { ClockId, SequenceFlags, TracePacket, TracePacketDefaults, TrackEvent } from "../../encode/perfetto/schema.js";
import { doubles, integers, type Kind } from "../../encode/perfetto/values.js";
import { message, number, type Part } from "../../encode/protobuf.js";
import { type Block, partsOf } from "../../sampler/batch.js";
import type { CounterTrack } from "./tracks.js";

/** Counters in a group: one is the event's value, eight are extra values. */
const GROUP = 9;
/** After this many rows in succession that list their tracks, the defaults are set anew. */
const PATIENCE = 4;

/** The highest upper halves: of values that a double holds exactly, of int64, and of any value. */
const EXACT = 2 ** 21 - 1;
const SIGNED = 2 ** 31 - 1;
const ANY = 2 ** 32 - 1;

/** Marks a row that the defaults do not fit. */
const UNFIT = -1;

interface Member {
	readonly track: CounterTrack;
	/** Index into stream.columns. */
	readonly index: number;
}

/** Groups of members. Integers and doubles are apart, each in the order of the columns. */
export function groupsOf(tracks: readonly CounterTrack[]): [Kind, readonly Member[]][] {
	const members = tracks.map((track, index) => ({ track, index }));
	const chunks = (kind: Kind, of: readonly Member[]): [Kind, readonly Member[]][] =>
		Array.from({ length: Math.ceil(of.length / GROUP) }, (_, i) => [kind, of.slice(i * GROUP, (i + 1) * GROUP)]);
	const isDouble = ({ track }: Member): boolean => track.column.type === "f64";
	return [
		...chunks(
			integers,
			members.filter((m) => !isDouble(m)),
		),
		...chunks(doubles, members.filter(isDouble)),
	];
}

export class Group {
	readonly #members: readonly Member[];
	readonly #kind: Kind;
	readonly #sequence: Part;
	readonly #wall_offset_ns: bigint;
	readonly #packets: Packets;
	/** Upper halves above which a value must be in a packet of its own. */
	readonly #limit: Uint32Array;
	/** The defaults: members in the order of their values. */
	#order: Int32Array;
	/** The order that the current row asks for. */
	#wanted: Int32Array;
	#stale = true;
	#odd = 0;

	constructor(sequence: number, kind: Kind, members: readonly Member[], wall_offset_ns: bigint) {
		this.#members = members;
		this.#kind = kind;
		this.#sequence = number(TracePacket.trusted_packet_sequence_id, sequence);
		this.#wall_offset_ns = wall_offset_ns;
		this.#packets = new Packets(sequence, kind, members.length);
		this.#limit = new Uint32Array(members.length);
		this.#order = Int32Array.from(members.keys());
		this.#wanted = Int32Array.from(members.keys());
	}

	/** Describes the tracks on this sequence. Older readers take steps only from the sequence of the descriptor. */
	open(blocks: Blocks): void {
		for (const [m, { track }] of this.#members.entries())
			this.#describe(m, track.column.semantics === "counter" && track.column.type !== "f64", blocks);
	}

	#describe(m: number, incremental: boolean, blocks: Blocks): void {
		const { track } = this.#members[m]!;
		blocks.packet(this.#sequence, track.describe(incremental));
		this.#packets.incremental[m] = incremental ? 1 : 0;
		this.#packets.uuid[m] = track.uuid;
		this.#limit[m] = incremental ? EXACT : track.column.type === "u64" ? SIGNED : ANY;
	}

	write(block: Block, blocks: Blocks): void {
		const { ts } = partsOf(block);
		const cells = new Cells(
			block,
			this.#members.map(({ index }) => index),
		);
		for (let row = 0; row < block.rows; row++) {
			blocks.room();
			const count = this.#stale ? UNFIT : this.#fitting(cells, row);
			if (count === UNFIT) this.#unusual(cells, row, ts[row]!, blocks);
			else {
				this.#odd = 0;
				if (count > 0) this.#packets.put(blocks, cells, row, this.#order, count, false);
			}
		}
	}

	/** The number of values in the row, if they belong to the first tracks of the defaults. */
	#fitting(cells: Cells, row: number): number {
		const order = this.#order;
		const mask = this.#kind.zero_mask;
		let count = 0;
		let zeros = false;
		for (let i = 0; i < order.length; i++) {
			const m = order[i]!;
			if (!cells.has(m, row)) continue;
			const low = cells.values[m]![2 * row]!;
			const high = cells.values[m]![2 * row + 1]!;
			const zero = (low | (high & mask)) === 0;
			if (i > count || high > this.#limit[m]! || (zeros && !zero)) return UNFIT;
			zeros = zero && i > 0;
			count++;
		}
		return count;
	}

	#unusual(cells: Cells, row: number, ts: bigint, blocks: Blocks): void {
		for (let m = 0; m < this.#members.length; m++)
			if (this.#isAbove(cells, m, row) && this.#packets.incremental[m] === 1) this.#endSteps(m, blocks);
		const count = this.#arrange(cells, row);
		if (this.#stale || ++this.#odd > PATIENCE) this.#restart(cells, row, ts - this.#wall_offset_ns, blocks);
		for (let m = 0; m < this.#members.length; m++)
			if (this.#isAbove(cells, m, row)) this.#packets.putNearest(blocks, cells, row, m);
		if (count > 0) this.#packets.put(blocks, cells, row, this.#wanted, count, this.#order !== this.#wanted);
	}

	#isAbove(cells: Cells, m: number, row: number): boolean {
		return cells.has(m, row) && cells.values[m]![2 * row + 1]! > this.#limit[m]!;
	}

	#endSteps(m: number, blocks: Blocks): void {
		this.#describe(m, false, blocks);
		this.#stale = true;
	}

	/** Orders the members for this row, in their old order as far as possible. @returns how many of them its packet
	 *  holds */
	#arrange(cells: Cells, row: number): number {
		const isZero = (m: number): boolean =>
			(cells.values[m]![2 * row]! | (cells.values[m]![2 * row + 1]! & this.#kind.zero_mask)) === 0;
		const isHere = (m: number): boolean => cells.has(m, row) && !this.#isAbove(cells, m, row);
		const all = [...this.#order];
		const here = all.filter(isHere);
		const [first, ...extra] = here;
		const rank = (m: number): number => (m === first ? 0 : extra.includes(m) ? (isZero(m) ? 2 : 1) : 3);
		this.#wanted = Int32Array.from(all.sort((a, b) => rank(a) - rank(b)));
		return here.length;
	}

	/** Makes the wanted order the defaults. */
	#restart(cells: Cells, row: number, monotonic_ns: bigint, blocks: Blocks): void {
		const [first, ...extra] = [...this.#wanted].map((m) => this.#packets.uuid[m]!);
		blocks.packet(
			this.#sequence,
			number(TracePacket.sequence_flags, SequenceFlags.incremental_state_cleared),
			message(
				TracePacket.trace_packet_defaults,
				number(TracePacketDefaults.timestamp_clock_id, ClockId.incremental),
				message(
					TracePacketDefaults.track_event_defaults,
					number(TrackEvent.track_uuid, first!),
					...extra.map((uuid) => number(this.#kind.extra_uuids, uuid)),
				),
			),
			ownClock(monotonic_ns),
		);
		this.#packets.restart(cells, row);
		this.#order = this.#wanted;
		this.#stale = false;
		this.#odd = 0;
	}
}
