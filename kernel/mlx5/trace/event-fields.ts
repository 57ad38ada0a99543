// SPDX-License-Identifier: Apache-2.0
/** What a row says of an event of the firmware tracer. */
import type { Counter } from "../../source.js";
import { traceFieldNames } from "./trace.gen.js";

type Meaning = Pick<Counter, "unit" | "semantics" | "width" | "help">;

const gauge = (width: number, help: string): Meaning => ({ unit: "none", semantics: "gauge", width, help });

const meanings: Readonly<Record<(typeof traceFieldNames)[number], Meaning>> = {
	event_id: gauge(8, "Kind of the event; string events have those from first_string_trace on."),
	tmsn: gauge(13, "Number of the message that the event is part of; wraps at 8192."),
	tdsn: gauge(
		3,
		"0: the message starts, and parameter is the address of its format; 1 and up: parameter is the argument of that number.",
	),
	parameter: gauge(32, "Address of the format, or an argument."),
	lost: gauge(
		2,
		"Events are missing before this one: 1, the device says at least one; 2, blocks of at most 31 events were overwritten before they were read, perhaps whole laps of the buffer more; 3, both.",
	),
	unreliable: gauge(1, "1: the device does not vouch for the time of this event."),
	device_clock: {
		unit: "clocks",
		semantics: "counter",
		width: 64,
		help: "Time of the event by the clock of the device: the latest that fits the seven bits which an event carries.",
	},
};

export const fields = traceFieldNames.map((name) => ({ name, ...meanings[name] }));
