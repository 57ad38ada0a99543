// SPDX-License-Identifier: Apache-2.0
/** What a row says of an event of the firmware tracer; the names are those of TRACE_FIELDS (trace.h). */
import type { Counter } from "../../source.js";

type Meaning = Pick<Counter, "name" | "unit" | "semantics" | "width" | "help">;

const gauge = (name: string, width: number, help: string): Meaning => ({
	name,
	unit: "none",
	semantics: "gauge",
	width,
	help,
});

export const fields: readonly Meaning[] = [
	gauge("event_id", 8, "Kind of the event; string events have those from first_string_trace on."),
	gauge("tmsn", 13, "Number of the message that the event is part of; wraps at 8192."),
	gauge(
		"tdsn",
		3,
		"0: the message begins, and parameter is the address of its format; 1 and up: argument of that number.",
	),
	gauge("parameter", 32, "Address of the format, or an argument."),
	gauge(
		"lost",
		2,
		"Events are missing before this one: 1, the device says at least one; 2, overwritten in the buffer before they were read: blocks of at most 31, perhaps whole laps of the buffer more; 3, both.",
	),
	gauge("unreliable", 1, "1: the device does not vouch for the time of this event."),
	{
		name: "device_clock",
		unit: "clocks",
		semantics: "counter",
		width: 64,
		help: "Time of the event by the clock of the device: the latest that fits the seven bits which an event carries.",
	},
];
