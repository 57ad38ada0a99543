// SPDX-License-Identifier: Apache-2.0
/**
 * Field numbers of the Perfetto trace format that are written here. They are facts of google/perfetto,
 * protos/perfetto/trace/ (trace_packet, trace_packet_defaults, clock_snapshot, track_event/*), common/trace_attributes
 * and common/system_info.
 */
export const Trace = { packet: 1 } as const;

export const TracePacket = {
	clock_snapshot: 6,
	timestamp: 8,
	trusted_packet_sequence_id: 10,
	track_event: 11,
	sequence_flags: 13,
	system_info: 45,
	compressed_packets: 50,
	timestamp_clock_id: 58,
	trace_packet_defaults: 59,
	track_descriptor: 60,
	trace_attributes: 126,
} as const;

export const SequenceFlags = { incremental_state_cleared: 1, needs_incremental_state: 2 } as const;

export const TracePacketDefaults = { track_event_defaults: 11, timestamp_clock_id: 58 } as const;

export const ClockSnapshot = { clocks: 1, primary_trace_clock: 2 } as const;
export const Clock = { clock_id: 1, timestamp: 2, is_incremental: 3 } as const;
/** The clocks 64 to 127 belong to the packet sequence that uses them. */
export const ClockId = { realtime: 1, monotonic: 3, incremental: 64 } as const;

export const TrackDescriptor = {
	uuid: 1,
	name: 2,
	parent_uuid: 5,
	counter: 8,
	child_ordering: 11,
	sibling_order_rank: 12,
	description: 14,
} as const;
export const ChildTracksOrdering = { explicit: 3 } as const;
export const CounterDescriptor = { is_incremental: 5, unit_name: 6 } as const;

/** In TrackEventDefaults track_uuid and the extra uuids have the same numbers. */
export const TrackEvent = {
	debug_annotations: 4,
	type: 9,
	track_uuid: 11,
	extra_counter_values: 12,
	name: 23,
	counter_value: 30,
	extra_counter_track_uuids: 31,
	double_counter_value: 44,
	extra_double_counter_track_uuids: 45,
	extra_double_counter_values: 46,
} as const;
export const TrackEventType = { slice_begin: 1, slice_end: 2, instant: 3, counter: 4 } as const;

export const DebugAnnotation = { uint_value: 3, string_value: 6, name: 10 } as const;

export const SystemInfo = { utsname: 1, tracing_service_version: 4, num_cpus: 8 } as const;
export const Utsname = { sysname: 1, release: 3 } as const;

export const TraceAttributes = { attribute: 1 } as const;
export const Attribute = { key: 1, string_value: 3 } as const;
