// SPDX-License-Identifier: Apache-2.0
/** Packets for gaps, marks and facts about the recording. They are few, and each is complete in itself. */

import { at } from "../../encode/perfetto/clock-snapshot.js";
import {
	Attribute,
	DebugAnnotation,
	SystemInfo,
	TraceAttributes,
	TracePacket,
	TrackEvent,
	TrackEventType,
	Utsname,
} from "../../encode/perfetto/schema.js";
import { message, number, type Part, text } from "../../encode/protobuf.js";
import type { ExportGap, ExportMark } from "../input.js";
import { commandOf, momentsOf } from "../timeline.js";

type Arguments = Readonly<Record<string, string | bigint>>;

const argument = ([name, value]: [string, string | bigint]): Part =>
	message(
		TrackEvent.debug_annotations,
		text(DebugAnnotation.name, name),
		typeof value === "string" ? text(DebugAnnotation.string_value, value) : number(DebugAnnotation.uint_value, value),
	);

/** The parts of a packet with an event on a track. It has a name only where something starts. */
function event(monotonic_ns: bigint, track: number, type: number, name?: string, args: Arguments = {}): Part[] {
	const content = [
		number(TrackEvent.type, type),
		number(TrackEvent.track_uuid, track),
		...(name === undefined ? [] : [text(TrackEvent.name, name)]),
		...Object.entries(args).map(argument),
	];
	return [at(monotonic_ns), message(TracePacket.track_event, ...content)];
}

/** @param wall_offset_ns the times of the recording minus CLOCK_MONOTONIC */
export function gapPackets(gap: ExportGap, track: number, wall_offset_ns: bigint): Part[][] {
	const { reason, ticks, first_tick } = gap;
	return [
		event(gap.begin_ns - wall_offset_ns, track, TrackEventType.slice_begin, reason, { ticks, first_tick }),
		event(gap.end_ns - wall_offset_ns, track, TrackEventType.slice_end),
	];
}

/** Packets for marks. The command is a slice, without an end where the recording has none; every other mark is an
 *  instant. */
export function markPackets(marks: readonly ExportMark[], track: number, wall_offset_ns: bigint): Part[][] {
	const withDetail = (detail: string | null): Arguments => (detail === null ? {} : { detail });
	const packets = momentsOf(marks).map(({ ts, name, detail }) =>
		event(ts - wall_offset_ns, track, TrackEventType.instant, name, withDetail(detail)),
	);
	const command = commandOf(marks);
	if (!command) return packets;
	const { line, begin, end, detail } = command;
	packets.push(event(begin - wall_offset_ns, track, TrackEventType.slice_begin, line));
	if (end !== null)
		packets.push(event(end - wall_offset_ns, track, TrackEventType.slice_end, undefined, withDetail(detail)));
	return packets;
}

/** The columns of the table `recording`, which the page "Overview" of the viewer lists. */
export const attributes = (recording: ReadonlyMap<string, string>): Part =>
	message(
		TracePacket.trace_attributes,
		...[...recording].map(([key, value]) =>
			message(TraceAttributes.attribute, text(Attribute.key, key), text(Attribute.string_value, value)),
		),
	);

export function systemInfo(recording: ReadonlyMap<string, string>): Part {
	const release = text(Utsname.release, recording.get("kernel") ?? "");
	return message(
		TracePacket.system_info,
		message(SystemInfo.utsname, text(Utsname.sysname, "Linux"), release),
		text(SystemInfo.tracing_service_version, `countersink ${recording.get("countersink_version") ?? ""}`),
		number(SystemInfo.num_cpus, Number(recording.get("cpus") ?? 0)),
	);
}
