// SPDX-License-Identifier: Apache-2.0
/**
 * Protocol statistics of the network namespace, in the three forms that net/ipv4/proc.c and net/ipv6/proc.c print:
 *
 *   snmp, netstat          Tcp: RtoAlgorithm RtoMin ...    a line of names, then a line of numbers
 *                          Tcp: 1 200 ...
 *   snmp6                  Ip6InReceives        1          a name and a number
 *   sockstat, sockstat6    TCP: inuse 1 orphan 0 ...       pairs after a word
 *
 * Every number is an unsigned long or a u64 (64 bits here), except Tcp/MaxConn, which is signed, and sockstat, whose
 * numbers are signed gauges.
 *
 * Two kinds of lines exist only for types of ICMP messages that were seen: the section IcmpMsg of snmp, and the Type
 * counters of snmp6. When the first one appears during a recording, the lines after it move and their values are null
 * from then on. IcmpMsg is not listed, because its columns move too; the section Icmp has the types that matter.
 */

import type { TextAt } from "../shared/text/positions.js";
import type { Counter, Unit } from "../source.js";
import { help } from "./help.js";

type Meaning = Pick<Counter, "unit" | "semantics" | "type">;

const gauge = (unit: Unit, type: Counter["type"] = "u64"): Meaning => ({ unit, semantics: "gauge", type });

/** Items that do not count events, packets, bytes or segments. */
const exceptions: Readonly<Record<string, Meaning>> = {
	"Ip/Forwarding": gauge("none"),
	"Ip/DefaultTTL": gauge("none"),
	"Tcp/RtoAlgorithm": gauge("none"),
	"Tcp/RtoMin": gauge("ms"),
	"Tcp/RtoMax": gauge("ms"),
	"Tcp/MaxConn": gauge("items", "i64"),
	"Tcp/CurrEstab": gauge("items"),
	"MPTcpExt/MPCurrEstab": gauge("items"),
	"TcpExt/TCPMemoryPressuresChrono": { unit: "ms", semantics: "counter", type: "u64" },
};

/** The first match decides; the id is `Section/Name`. */
const units: readonly (readonly [RegExp, Unit])[] = [
	[/Octets$/, "bytes"],
	[/Errors$|Errs$/, "errors"],
	[/^Tcp\/(InSegs|OutSegs|RetransSegs|OutRsts)$/, "segments"],
	[/^TcpExt\/TCP(FastRetrans|SlowStartRetrans|OrigDataSent|Delivered(CE)?|Hystart\w+Cwnd)$/, "segments"],
	[/Pkts$|Packets$|Datagrams$|Msgs$|Type\d+$/, "packets"],
	[/^Icmp6?\/(In|Out)(?!RateLimit)/, "packets"],
	[/^Ip6?\/(In|Out|Forw)/, "packets"],
	[/^Udp(Lite)?6?\/(NoPorts|IgnoredMulti)$/, "packets"],
	[/./, "events"],
];

export const meaning = (id: string): Meaning =>
	exceptions[id] ?? { unit: units.find(([pattern]) => pattern.test(id))![1], semantics: "counter", type: "u64" };

const nouns: Partial<Record<Unit, string>> = {
	bytes: "Bytes",
	errors: "Errors",
	items: "Items",
	packets: "Packets",
	pages: "Pages",
	segments: "Segments",
};

/** The table is about IPv4; the same counter of IPv6, or of UDP-Lite, means the same. */
function sentence(section: string, name: string, path: string, unit: Unit): string {
	const exact = help[`${section}/${name}`];
	if (exact !== undefined) return exact;
	const twin = help[`${section.replace(/Lite|6/g, "")}/${name.replace("6_", "_")}`];
	if (twin !== undefined) return twin.replaceAll("IPv4", "IPv6").replaceAll("ICMP ", "ICMPv6 ");
	return `${nouns[unit] ?? "Events"} that the kernel counts as ${name} of ${section} in ${path}.`;
}

function counter(section: string, name: string, at: TextAt, means = meaning(`${section}/${name}`)): Counter<TextAt> {
	return {
		source: "snmp",
		instance: section,
		name,
		...means,
		width: 64,
		help: sentence(section, name, at.path, means.unit),
		at: { ...at, kind: means.type },
	};
}

/** /proc/net/snmp and netstat. A section whose two lines differ in length is left out. */
export function pairedLines(path: string, text: string): Counter<TextAt>[] {
	const lines = text.split("\n");
	const found: Counter<TextAt>[] = [];
	for (let i = 0; i + 1 < lines.length; i += 2) {
		const [header, values] = [lines[i]!.trim().split(/\s+/), lines[i + 1]!.trim().split(/\s+/)];
		if (header.length !== values.length || header[0] !== values[0] || !header[0]!.endsWith(":")) continue;
		const section = header[0]!.slice(0, -1);
		if (section === "IcmpMsg") continue;
		const place = {
			path,
			line: i + 1,
			label: `${section}: `,
			kind: "u64",
			headers: [{ line: i, text: lines[i]! }],
		} as const;
		found.push(...header.slice(1).map((name, column) => counter(section, name, { ...place, field: column + 1 })));
	}
	return found;
}

/** /proc/net/snmp6: `Ip6InReceives 1` becomes snmp:Ip6/InReceives. */
export function namedLines(path: string, text: string): Counter<TextAt>[] {
	return text.split("\n").flatMap((content, line) => {
		const match = /^((?:Ip|Icmp|Udp|UdpLite)6)(\S+)\s+\d+$/.exec(content);
		if (!match) return [];
		const label = content.slice(0, match[1]!.length + match[2]!.length + 1);
		return [counter(match[1]!, match[2]!, { path, line, label, field: 1, kind: "u64" })];
	});
}

/** Items in pages or bytes; all others are numbers of sockets and queues. */
const memory: Readonly<Record<string, Unit>> = { mem: "pages", memory: "bytes" };

/** /proc/net/sockstat and sockstat6: `TCP: inuse 1 orphan 0` becomes snmp:sockstat/TCP_inuse,
 *  snmp:sockstat/TCP_orphan. */
export function socketLines(path: string, text: string): Counter<TextAt>[] {
	const section = path.slice(path.lastIndexOf("/") + 1);
	return text.split("\n").flatMap((content, line) => {
		const [, word, pairs] = /^(\w+): (.*)$/.exec(content) ?? [];
		if (word === undefined || pairs === undefined) return [];
		return [...pairs.matchAll(/(\w+) -?\d+/g)].map(([, key], i) => {
			const at: TextAt = { path, line, label: `${word}: `, field: 2 + 2 * i, kind: "i64" };
			return counter(section, `${word}_${key}`, at, gauge(memory[key!] ?? "items", "i64"));
		});
	});
}
