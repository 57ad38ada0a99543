// SPDX-License-Identifier: Apache-2.0
/** Units of driver counters, which have only a name: the last word of the name that tells a unit decides. */
import type { Unit } from "../source.js";

/** Size classes: packets of 64 or of 65 to 127 bytes, not bytes. */
const sizeClass = /^[rt]x_(?:64|\d+_to_(?:\d+|max))_bytes/;

const unitWords: readonly (readonly [RegExp, Unit])[] = [
	[/^(?:bytes?|octets?)$/, "bytes"],
	[/^(?:packets?|pkts?|frames?|broadcasts?|multicasts?|unicasts?|[bmu]cast)$/, "packets"],
	[/^(?:drop(?:s|ped)?|discards?|discarded)$/, "packets"],
	[/^(?:err(?:s|or|ors)?|fail(?:s|ed|ure|ures)?|timeouts?|bad|overruns?|underruns?|aborted|aborts)$/, "errors"],
	[/^(?:usecs?)$/, "us"],
	[/^(?:nsecs?)$/, "ns"],
	[/^(?:cycles)$/, "cycles"],
	[/^(?:index|ifindex|duration|time|temperature|level|size)$/, "none"],
];

/** "rx_bytes_phy" and "rx3_bytes" to bytes, "txTimeouts" to errors, "rx_kicks" to events. */
export function unitOfName(name: string): Unit {
	if (sizeClass.test(name)) return "packets";
	const words = name
		.replace(/([a-z])([A-Z])/g, "$1_$2")
		.toLowerCase()
		.split(/[^a-z]+/);
	for (const word of words.reverse()) for (const [pattern, unit] of unitWords) if (pattern.test(word)) return unit;
	return "events";
}
