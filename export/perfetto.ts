// SPDX-License-Identifier: Apache-2.0
/**
 * Writes a Perfetto trace (.pftrace) of a recording, for ui.perfetto.dev: a tree of counter tracks, gaps, the command
 * and marks.
 *
 *   sequence 1           what the trace is about, the tree, gaps, marks
 *   sequence 2, 3, ...   up to nine counters of one stream each, with clock, defaults and steps of their own
 */

import { Blocks } from "../encode/perfetto/block.js";
import { wallClock } from "../encode/perfetto/clock-snapshot.js";
import { SequenceFlags, TracePacket } from "../encode/perfetto/schema.js";
import { number, type Part } from "../encode/protobuf.js";
import type { Format } from "./format.js";
import type { ExportInput } from "./input.js";
import { Group, groupsOf } from "./perfetto/group.js";
import { attributes, gapPackets, markPackets, systemInfo } from "./perfetto/slice-packets.js";
import { type StreamTracks, Tree } from "./perfetto/tracks.js";
import { wallOffset } from "./timeline.js";

const FIRST = number(TracePacket.sequence_flags, SequenceFlags.incremental_state_cleared);

export interface PerfettoOptions {
	/** Deflates packets in blocks, which every reader of Perfetto understands. */
	readonly compress?: boolean;
}

/** The bytes of the file, in pieces. In memory are a batch of rows and a few blocks. */
export async function* perfetto(
	input: ExportInput,
	{ compress = true }: PerfettoOptions = {},
): AsyncGenerator<Uint8Array> {
	const blocks = new Blocks(compress);
	const wall_offset_ns = wallOffset(input);
	const sequence = number(TracePacket.trusted_packet_sequence_id, 1);
	const packet = (...parts: Part[]): void => blocks.packet(sequence, ...parts);

	packet(FIRST, wallClock(BigInt(input.recording.get("start_monotonic_ns") ?? 0), wall_offset_ns));
	packet(systemInfo(input.recording));
	packet(attributes(input.recording));
	const tree = new Tree(packet);
	const tracks = new Map(input.streams.map((stream) => [stream.name, tree.stream(stream)]));
	for (const parts of markPackets(input.marks, tree.root, wall_offset_ns)) packet(...parts);
	for (const gap of input.gaps) {
		for (const parts of gapPackets(gap, tracks.get(gap.stream)!.loss, wall_offset_ns)) packet(...parts);
		yield* blocks.drain();
	}
	yield* counters(input, tracks, blocks, wall_offset_ns);
	yield* blocks.end();
}

async function* counters(
	input: ExportInput,
	tracks: ReadonlyMap<string, StreamTracks>,
	blocks: Blocks,
	wall_offset_ns: bigint,
): AsyncGenerator<Uint8Array> {
	let sequence = 1;
	for (const stream of input.streams) {
		const groups: Group[] = groupsOf(tracks.get(stream.name)!.counters).map(
			([kind, members]) => new Group(++sequence, kind, members, wall_offset_ns),
		);
		for (const group of groups) group.open(blocks);
		for await (const rows of input.rows(stream)) {
			/* Rows of a group are written together: readers stay with one sequence, and the packets deflate better. */
			for (const group of groups) group.write(rows, blocks);
			yield* blocks.drain();
		}
	}
}

export const perfettoTrace: Format = {
	name: "perfetto",
	extensions: ["pftrace", "perfetto-trace"],
	about: "Perfetto trace, for ui.perfetto.dev",
	binary: true,
	perStream: false,
	pipes: true,
	async write(input, _, sink) {
		for await (const bytes of perfetto(input)) await sink.write(bytes);
	},
};
