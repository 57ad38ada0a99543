// SPDX-License-Identifier: Apache-2.0
/**
 * An independent reader of Perfetto traces. protobufjs decodes the packets by the published schema; their meaning is
 * computed here as trace_processor does it, with the limits of all its versions. What one of them would drop or misread
 * fails here.
 */
import assert from "node:assert/strict";
import { inflateSync } from "node:zlib";
import protobuf from "protobufjs";
import { packageFile } from "../../base/paths.js";

const root = new protobuf.Root().loadSync(packageFile("test/fixtures/perfetto.proto"), { keepCase: true });
const Trace = root.lookupType("Trace");
/** 64-bit integers are decimal text, bytes stay bytes, enums are names, absent fields are absent. */
const asObject = { longs: String, enums: String, arrays: false } as const;

const CLEARED = 1;
const NEEDS_STATE = 2;
const MAX_EXTRAS = 8;
const REALTIME = 1;
const MONOTONIC = 3;

interface Clock {
	readonly clock_id: number;
	readonly timestamp: string;
	readonly is_incremental?: boolean;
}
interface Defaults {
	readonly timestamp_clock_id?: number;
	readonly track_event_defaults?: {
		readonly track_uuid?: string;
		readonly extra_counter_track_uuids?: string[];
		readonly extra_double_counter_track_uuids?: string[];
	};
}
interface Event {
	readonly type: string;
	readonly track_uuid?: string;
	readonly name?: string;
	readonly counter_value?: string;
	readonly double_counter_value?: number;
	readonly extra_counter_track_uuids?: string[];
	readonly extra_counter_values?: string[];
	readonly extra_double_counter_track_uuids?: string[];
	readonly extra_double_counter_values?: number[];
	readonly debug_annotations?: { name: string; uint_value?: string; string_value?: string }[];
}
export interface Packet {
	readonly timestamp?: string;
	readonly timestamp_clock_id?: number;
	readonly trusted_packet_sequence_id: number;
	readonly sequence_flags?: number;
	readonly trace_packet_defaults?: Defaults;
	readonly clock_snapshot?: { readonly clocks: Clock[]; readonly primary_trace_clock?: number };
	readonly track_descriptor?: Descriptor;
	readonly track_event?: Event;
	readonly compressed_packets?: Uint8Array;
	readonly system_info?: { readonly utsname: { readonly release: string }; readonly tracing_service_version: string };
	readonly trace_attributes?: { readonly attribute: { key: string; string_value: string }[] };
}
interface Descriptor {
	readonly uuid: string;
	readonly name: string;
	readonly parent_uuid?: string;
	readonly description?: string;
	readonly sibling_order_rank?: number;
	readonly counter?: { readonly is_incremental?: boolean; readonly unit_name?: string };
}

export interface Sample {
	/** Nanoseconds since the epoch. */
	readonly ts: bigint;
	/** A bigint where the trace has an integer. */
	readonly value: bigint | number;
}
export interface Slice {
	readonly name: string;
	readonly begin: bigint;
	/** Null where it has not ended. An instant ends where it starts. */
	end: bigint | null;
	readonly args: Record<string, string>;
}
export interface Track {
	/** Names from the root, joined by " > ". */
	readonly path: string;
	readonly unit: string | undefined;
	readonly description: string | undefined;
	readonly samples: Sample[];
	readonly slices: Slice[];
}

export function packetsOf(bytes: Uint8Array): Packet[] {
	const { packet = [] } = Trace.toObject(Trace.decode(bytes), asObject) as { packet?: Packet[] };
	return packet.flatMap((one) => {
		if (!one.compressed_packets) return [one];
		assert.ok(one.compressed_packets.length < 512 << 10, "a compressed packet is below 512 KiB");
		return packetsOf(inflateSync(one.compressed_packets));
	});
}

class Sequence {
	valid = false;
	defaults: Defaults = {};
	integers = new Map<string, bigint>();
	readonly now = new Map<number, bigint>();
	readonly incremental = new Set<number>();

	clear(): void {
		this.valid = true;
		this.defaults = {};
		this.integers = new Map();
	}
}

class Reader {
	readonly #sequences = new Map<number, Sequence>();
	readonly #descriptors = new Map<string, { readonly from: number; readonly it: Descriptor }>();
	readonly #samples = new Map<string, Sample[]>();
	readonly #events: { readonly ts: bigint; readonly uuid: string; readonly event: Event }[] = [];
	#wall_offset = 0n;
	readonly attributes = new Map<string, string>();

	read(packet: Packet): void {
		const id = packet.trusted_packet_sequence_id;
		assert.ok(id > 0, "every packet belongs to a sequence");
		if (!this.#sequences.has(id)) this.#sequences.set(id, new Sequence());
		const sequence = this.#sequences.get(id)!;
		const flags = packet.sequence_flags ?? 0;
		if (flags & CLEARED) sequence.clear();
		if (packet.trace_packet_defaults) {
			assert.ok(flags & CLEARED, "newer readers forget incremental values with every new defaults");
			sequence.defaults = packet.trace_packet_defaults;
		}
		if (packet.clock_snapshot) {
			this.#snapshot(sequence, packet.clock_snapshot.clocks);
			return;
		}
		if (flags & NEEDS_STATE) assert.ok(sequence.valid, "the state that a packet needs exists");
		if (packet.track_descriptor)
			this.#descriptors.set(packet.track_descriptor.uuid, { from: id, it: packet.track_descriptor });
		for (const { key, string_value } of packet.trace_attributes?.attribute ?? [])
			this.attributes.set(key, string_value);
		if (packet.track_event) this.#event(id, sequence, packet, packet.track_event);
	}

	#snapshot(sequence: Sequence, clocks: readonly Clock[]): void {
		const of = (id: number): bigint | undefined => {
			const clock = clocks.find(({ clock_id }) => clock_id === id);
			return clock && BigInt(clock.timestamp);
		};
		const monotonic = of(MONOTONIC);
		assert.notEqual(monotonic, undefined, "every snapshot maps to the clock of the trace");
		const realtime = of(REALTIME);
		if (realtime !== undefined) this.#wall_offset = realtime - monotonic!;
		for (const { clock_id, timestamp, is_incremental } of clocks)
			if (clock_id >= 64) {
				assert.equal(BigInt(timestamp), monotonic, "this reader does not convert clocks");
				sequence.now.set(clock_id, BigInt(timestamp));
				if (is_incremental) sequence.incremental.add(clock_id);
			}
	}

	/** CLOCK_MONOTONIC of a packet. */
	#time(sequence: Sequence, packet: Packet): bigint {
		const clock = packet.timestamp_clock_id ?? sequence.defaults.timestamp_clock_id;
		const timestamp = BigInt.asIntN(64, BigInt(packet.timestamp!));
		if (clock === MONOTONIC) return timestamp;
		assert.ok(clock !== undefined && sequence.now.has(clock), "the clock of a packet is known");
		const now = sequence.incremental.has(clock) ? sequence.now.get(clock)! + timestamp : timestamp;
		sequence.now.set(clock, now);
		return now;
	}

	#event(id: number, sequence: Sequence, packet: Packet, event: Event): void {
		const ts = this.#time(sequence, packet);
		const defaults = sequence.defaults.track_event_defaults ?? {};
		const uuid = event.track_uuid ?? defaults.track_uuid;
		assert.ok(uuid, "every event has a track");
		if (event.type !== "TYPE_COUNTER") {
			this.#events.push({ ts, uuid, event });
			return;
		}
		assert.ok((event.counter_value === undefined) !== (event.double_counter_value === undefined), "one value");
		this.#sample(id, sequence, ts, uuid, event.counter_value ?? event.double_counter_value!);
		const integers = event.extra_counter_values ?? [];
		const doubles = event.extra_double_counter_values ?? [];
		assert.ok(integers.length + doubles.length <= MAX_EXTRAS, "readers drop events with more extra values");
		const extras = [
			...this.#pairs(integers, event.extra_counter_track_uuids ?? defaults.extra_counter_track_uuids),
			...this.#pairs(doubles, event.extra_double_counter_track_uuids ?? defaults.extra_double_counter_track_uuids),
		].map(([track, value]) => this.#sample(id, sequence, ts, track, value));
		const zero = extras.findIndex((value) => Number(value) === 0);
		assert.ok(zero < 0 || extras.slice(zero).every((value) => Number(value) === 0), "readers lose what follows a zero");
	}

	#pairs<T>(values: readonly T[], tracks: readonly string[] = []): [string, T][] {
		assert.ok(values.length <= tracks.length, "every value has a track");
		return values.map((value, i) => [tracks[i]!, value]);
	}

	#sample(id: number, sequence: Sequence, ts: bigint, uuid: string, raw: string | number): bigint | number {
		const described = this.#descriptors.get(uuid);
		assert.ok(described?.it.counter, "a counter track is described before its values");
		let value = typeof raw === "number" ? raw : BigInt(raw);
		if (described.it.counter.is_incremental) {
			assert.equal(described.from, id, "steps are on the sequence of the descriptor");
			assert.ok(typeof value === "bigint");
			const before = sequence.integers.get(uuid) ?? 0n;
			assert.equal(Number(before) + Number(value), Number(before + value), "steps added as doubles lose nothing");
			assert.ok(before + value < 1n << 53n && before + value >= 0n, "steps stay where doubles are exact");
			value += before;
			sequence.integers.set(uuid, value);
		}
		if (!this.#samples.has(uuid)) this.#samples.set(uuid, []);
		this.#samples.get(uuid)!.push({ ts: ts + this.#wall_offset, value });
		return value;
	}

	#slices(of: string): Slice[] {
		/* The order is by time; slices of the same time stay in the order of the file. */
		const events = this.#events
			.filter(({ uuid }) => uuid === of)
			.sort((a, b) => (a.ts < b.ts ? -1 : a.ts > b.ts ? 1 : 0));
		const slices: Slice[] = [];
		const open: Slice[] = [];
		for (const { ts, event } of events) {
			const args = (event.debug_annotations ?? []).map((a) => [a.name, a.string_value ?? a.uint_value]);
			const at = ts + this.#wall_offset;
			if (event.type === "TYPE_SLICE_END") {
				const ended = open.pop();
				assert.ok(ended, "what ends has started");
				ended.end = at;
				Object.assign(ended.args, Object.fromEntries(args));
				continue;
			}
			const slice = {
				name: event.name!,
				begin: at,
				end: event.type === "TYPE_INSTANT" ? at : null,
				args: Object.fromEntries(args),
			};
			slices.push(slice);
			if (event.type === "TYPE_SLICE_BEGIN") open.push(slice);
		}
		return slices;
	}

	#path(uuid: string): string {
		const { it } = this.#descriptors.get(uuid)!;
		return it.parent_uuid === undefined ? it.name : `${this.#path(it.parent_uuid)} > ${it.name}`;
	}

	/** Every described track; two tracks may have the same path. */
	tracks(): Track[] {
		return [...this.#descriptors.values()].map(({ it }) => ({
			path: this.#path(it.uuid),
			unit: it.counter?.unit_name,
			description: it.description,
			samples: this.#samples.get(it.uuid) ?? [],
			slices: this.#slices(it.uuid),
		}));
	}
}

export interface Read {
	readonly tracks: Track[];
	readonly attributes: ReadonlyMap<string, string>;
	/** The samples of all tracks of a path, in order of time. */
	samples(path: string): Sample[];
	slices(path: string): Slice[];
}

export function readTrace(bytes: Uint8Array): Read {
	const reader = new Reader();
	for (const packet of packetsOf(bytes)) reader.read(packet);
	const tracks = reader.tracks();
	const of = (path: string): Track[] => tracks.filter((track) => track.path === path);
	return {
		tracks,
		attributes: reader.attributes,
		samples: (path) => of(path).flatMap(({ samples }) => samples),
		slices: (path) => of(path).flatMap(({ slices }) => slices),
	};
}
