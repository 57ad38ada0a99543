// SPDX-License-Identifier: Apache-2.0
/**
 * Protocol statistics of the sampler's network namespace. On each read the kernel adds up all CPUs and formats the
 * whole file, also for one counter: about 17 us for snmp, 45 us for netstat (TcpExt, IpExt), 22 us for snmp6 and 2 us
 * for sockstat on a small guest. Only the files of the selected counters are read.
 */

import { readText, type TextAt, textReaders } from "../shared/text/positions.js";
import type { Counter, Source } from "../source.js";
import { namedLines, pairedLines, socketLines } from "./catalogue.js";

type Parse = (path: string, text: string) => Counter<TextAt>[];

const files: readonly (readonly [string, Parse])[] = [
	["/proc/net/snmp", pairedLines],
	["/proc/net/netstat", pairedLines],
	["/proc/net/snmp6", namedLines],
	["/proc/net/sockstat", socketLines],
	["/proc/net/sockstat6", socketLines],
];

export const snmp: Source<TextAt> = {
	name: "snmp",
	summary: "protocol counters: Ip, Icmp, Tcp, Udp, TcpExt, IpExt, IPv6 and socket use (/proc/net/snmp, netstat, ...)",
	absence: () =>
		readText("/proc/net/snmp") === null
			? "/proc/net/snmp cannot be read; mount /proc, or use a kernel with CONFIG_INET"
			: null,
	list: () => files.flatMap(([path, parse]) => parse(path, readText(path) ?? "")),
	plan: (counters) => textReaders(counters),
};
