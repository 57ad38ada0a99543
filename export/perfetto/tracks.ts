// SPDX-License-Identifier: Apache-2.0
/**
 * The tree of tracks, as the timeline shows it:
 *
 *   recording                 the wrapped command, marks
 *   net                       a stream
 *     data loss               its gaps
 *     eth0                    an instance
 *       rx_bytes              a counter
 */
import { formatRate } from "../../base/units.js";
import { ChildTracksOrdering, CounterDescriptor, TracePacket, TrackDescriptor } from "../../encode/perfetto/schema.js";
import { message, number, type Part, text } from "../../encode/protobuf.js";
import type { ExportColumn, ExportStream } from "../input.js";
import { seriesName } from "../timeline.js";

interface Look {
	readonly name: string;
	readonly parent?: number;
	readonly rank?: number;
	readonly description?: string;
	readonly counter?: Part;
}

/** The descriptor of a track. Children keep the order in which the recording lists them. */
const descriptor = (uuid: number, { name, parent, rank, description, counter }: Look): Part =>
	message(
		TracePacket.track_descriptor,
		number(TrackDescriptor.uuid, uuid),
		text(TrackDescriptor.name, name),
		...(parent === undefined ? [] : [number(TrackDescriptor.parent_uuid, parent)]),
		...(rank === undefined ? [] : [number(TrackDescriptor.sibling_order_rank, rank)]),
		...(description ? [text(TrackDescriptor.description, description)] : []),
		counter ?? number(TrackDescriptor.child_ordering, ChildTracksOrdering.explicit),
	);

/** The track of a counter. Its values are steps from the value before, or complete. */
export class CounterTrack {
	readonly column: ExportColumn;
	readonly #tree: Tree;
	readonly #parent: number;
	readonly #rank: number;
	uuid = 0;
	incremental = false;

	constructor(tree: Tree, parent: number, rank: number, column: ExportColumn) {
		this.#tree = tree;
		this.#parent = parent;
		this.#rank = rank;
		this.column = column;
	}

	/** Describes the track again under a new uuid, since a track has steps for the whole trace or not at all. */
	describe(incremental: boolean): Part {
		const { unit, help } = this.column;
		this.uuid = this.#tree.next();
		this.incremental = incremental;
		const steps = incremental ? [number(CounterDescriptor.is_incremental, 1)] : [];
		return descriptor(this.uuid, {
			name: seriesName(this.column),
			parent: this.#parent,
			rank: this.#rank,
			description: help,
			counter: message(TrackDescriptor.counter, ...steps, text(CounterDescriptor.unit_name, unit)),
		});
	}
}

export interface StreamTracks {
	readonly loss: number;
	/** Tracks in the order of stream.columns. */
	readonly counters: readonly CounterTrack[];
}

export class Tree {
	#last = 0;
	readonly #describe: (track: Part) => void;
	readonly root: number;

	/** @param describe writes the descriptor of a track that is not a counter's */
	constructor(describe: (track: Part) => void) {
		this.#describe = describe;
		this.root = this.#add({ name: "recording", description: "The wrapped command and the marks of the recording." });
	}

	/** The next uuid. They start at 1, since 0 is the track of the whole trace. */
	next(): number {
		return ++this.#last;
	}

	#add(look: Look): number {
		const uuid = this.next();
		this.#describe(descriptor(uuid, look));
		return uuid;
	}

	stream(stream: ExportStream): StreamTracks {
		const description = `Source ${stream.source} at ${formatRate(stream.period_ns)}.`;
		const parent = this.#add({ name: stream.name, description });
		const loss = this.#add({ name: "data loss", parent, rank: 0, description: "Ticks that were not stored." });
		const instances = new Map([["", parent]]);
		for (const { instance } of stream.columns)
			if (!instances.has(instance))
				instances.set(instance, this.#add({ name: instance, parent, rank: instances.size }));
		const counters = stream.columns.map(
			(column, rank) => new CounterTrack(this, instances.get(column.instance)!, rank + 1, column),
		);
		return { loss, counters };
	}
}
