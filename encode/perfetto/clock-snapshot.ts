// SPDX-License-Identifier: Apache-2.0
/**
 * Time in the trace is CLOCK_MONOTONIC, so that it lines up with other traces of the same boot. One snapshot maps it
 * to wall time. Counter packets use a clock of their sequence that counts from the packet before, which takes three
 * bytes instead of nine.
 */
import { message, number, type Part } from "../protobuf.js";
import { Clock, ClockId, ClockSnapshot, TracePacket } from "./schema.js";

const clock = (id: number, timestamp: bigint, ...more: readonly Part[]): Part =>
	message(ClockSnapshot.clocks, number(Clock.clock_id, id), number(Clock.timestamp, timestamp), ...more);

/** @param monotonic_ns a moment; @param wall_offset_ns added to it, it gives wall time */
export const wallClock = (monotonic_ns: bigint, wall_offset_ns: bigint): Part =>
	message(
		TracePacket.clock_snapshot,
		clock(ClockId.monotonic, monotonic_ns),
		clock(ClockId.realtime, monotonic_ns + wall_offset_ns),
		number(ClockSnapshot.primary_trace_clock, ClockId.monotonic),
	);

/** Sets the sequence's own clock; the next timestamp on it is relative to this moment. */
export const ownClock = (monotonic_ns: bigint): Part =>
	message(
		TracePacket.clock_snapshot,
		clock(ClockId.incremental, monotonic_ns, number(Clock.is_incremental, 1)),
		clock(ClockId.monotonic, monotonic_ns),
	);

/** The absolute timestamp of a packet. */
export const at = (monotonic_ns: bigint): Part =>
	Buffer.concat([
		number(TracePacket.timestamp, monotonic_ns),
		number(TracePacket.timestamp_clock_id, ClockId.monotonic),
	]);
