// SPDX-License-Identifier: Apache-2.0
/** Softirqs, and the packet backlog that NET_RX works on, for each CPU. */
import { onlineCpus } from "../../base/cpus.js";
import { fields, lines, readText, type TextAt, textReaders } from "../shared/text/positions.js";
import type { Counter, Source } from "../source.js";
import { SOFTNET_CPU_FIELD, softirqHelp, softnetColumns } from "./catalogue.js";

const SOFTIRQS = "/proc/softirqs";
const SOFTNET = "/proc/net/softnet_stat";

/**
 * A header with the possible CPUs, then a line for each type (fs/proc/softirqs.c). The counts are unsigned int
 * (struct kernel_stat of include/linux/kernel_stat.h), so they wrap at 32 bits.
 */
export function softirqCounters(text: string, path = SOFTIRQS): Counter<TextAt>[] {
	const [header = "", ...rows] = lines(text);
	const headers = [{ line: 0, text: header.trimEnd() }];
	return fields(header).flatMap((name, i) =>
		rows.map((row, r) => {
			const type = fields(row)[0] ?? "";
			const cpu = name.toLowerCase();
			return {
				source: "softirq",
				instance: cpu,
				name: type,
				unit: "events" as const,
				semantics: "counter" as const,
				width: 32,
				type: "u64" as const,
				help: softirqHelp(type, cpu),
				at: {
					path,
					line: r + 1,
					label: row.slice(0, row.indexOf(":") + 1),
					field: i + 1,
					kind: "u64" as const,
					headers,
				},
			};
		}),
	);
}

/**
 * A line of hexadecimal numbers for each online CPU, without header or label. Since Linux 5.10 the number of the CPU is
 * a field, which is checked on every read. Before that the lines are the online CPUs in order, and nothing shows that a
 * CPU has gone offline.
 *
 * @param online the CPUs of lines that do not have the number
 */
export function softnetCounters(text: string, online: readonly number[], path = SOFTNET): Counter<TextAt>[] {
	return lines(text).flatMap((row, line) => {
		const words = fields(row);
		const index = words[SOFTNET_CPU_FIELD];
		const cpu = index === undefined ? online[line] : Number.parseInt(index, 16);
		if (cpu === undefined) return [];
		const keys = index === undefined ? [] : [{ field: SOFTNET_CPU_FIELD, text: index }];
		return softnetColumns
			.filter(({ field }) => field < words.length)
			.map(({ field, name, ...meaning }) => ({
				source: "softirq",
				instance: `cpu${cpu}`,
				name: `softnet_${name}`,
				width: meaning.semantics === "gauge" ? 64 : 32,
				type: "u64" as const,
				...meaning,
				at: { path, line, label: "", field, kind: "x64" as const, keys },
			}));
	});
}

function list(): Counter<TextAt>[] {
	const softirqs = readText(SOFTIRQS);
	const softnet = readText(SOFTNET);
	return [
		...(softirqs === null ? [] : softirqCounters(softirqs)),
		...(softnet === null ? [] : softnetCounters(softnet, onlineCpus())),
	];
}

export const softirq: Source<TextAt> = {
	name: "softirq",
	summary: "softirqs by CPU and type, and each CPU's packet backlog (/proc/softirqs, /proc/net/softnet_stat)",
	absence: () =>
		readText(SOFTIRQS) === null && readText(SOFTNET) === null
			? "neither /proc/softirqs nor /proc/net/softnet_stat can be read; mount /proc without restrictions"
			: null,
	list,
	plan: (counters) => textReaders(counters),
};
