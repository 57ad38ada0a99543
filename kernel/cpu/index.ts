// SPDX-License-Identifier: Apache-2.0
/** How CPUs spend their time, and some counters of the scheduler. */

import { fields, lines, readText, type TextAt, textReaders } from "../shared/text/positions.js";
import type { Counter, Source } from "../source.js";
import { machineLines, times } from "./catalogue.js";

const STAT = "/proc/stat";

function timeCounters(row: string, line: number, path: string): Counter<TextAt>[] {
	const [cpu = "", ...values] = fields(row);
	const instance = cpu === "cpu" ? "total" : cpu;
	return times.slice(0, values.length).map(([name, help], i) => ({
		source: "cpu",
		instance,
		name,
		unit: "ticks",
		semantics: "counter",
		width: 64,
		type: "u64",
		help: `${help}; ${instance === "total" ? "all CPUs together" : instance}.`,
		at: { path, line, label: `${cpu} `, field: i + 1, kind: "u64" },
	}));
}

/** Lines "cpu", then "cpuN" for each online CPU, then one line for each count of the machine (fs/proc/stat.c). */
export function cpuCounters(text: string, path = STAT): Counter<TextAt>[] {
	return lines(text).flatMap((row, line) => {
		const [name = ""] = fields(row);
		if (/^cpu\d*$/.test(name)) return timeCounters(row, line, path);
		const meaning = machineLines[name];
		if (meaning === undefined) return [];
		const at = { path, line, label: `${name} `, field: 1, kind: "u64" as const };
		return [{ source: "cpu", instance: "", name, type: "u64" as const, ...meaning, at }];
	});
}

export const cpu: Source<TextAt> = {
	name: "cpu",
	summary: "time of each CPU by use, context switches, tasks (/proc/stat)",
	absence: () => (readText(STAT) === null ? "/proc/stat cannot be read; mount /proc without restrictions" : null),
	list: () => cpuCounters(readText(STAT) ?? ""),
	plan: (counters) => textReaders(counters),
};
