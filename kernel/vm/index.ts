// SPDX-License-Identifier: Apache-2.0
/** Memory management: events and amounts of the whole machine. */

import { lines, readText, type TextAt, textReaders } from "../shared/text/positions.js";
import type { Counter, Source } from "../source.js";
import { meminfoMeaning, vmstatMeaning } from "./catalogue.js";

const VMSTAT = "/proc/vmstat";
const MEMINFO = "/proc/meminfo";

/** Lines "name number"; the numbers are unsigned long (mm/vmstat.c). */
export function vmstatCounters(text: string, path = VMSTAT): Counter<TextAt>[] {
	return lines(text).flatMap((row, line) => {
		const name = /^(\S+) \d+$/.exec(row)?.[1];
		if (name === undefined) return [];
		const at = { path, line, label: `${name} `, field: 1, kind: "u64" as const };
		return [{ source: "vm", instance: "", name, width: 64, type: "u64" as const, ...vmstatMeaning(name), at }];
	});
}

/** Lines "Name:   number kB"; numbers of huge pages have no unit (fs/proc/meminfo.c, mm/hugetlb.c). */
export function meminfoCounters(text: string, path = MEMINFO): Counter<TextAt>[] {
	return lines(text).flatMap((row, line) => {
		const [, name, unit] = /^(\S+): +\d+( kB)?$/.exec(row) ?? [];
		if (name === undefined) return [];
		const meaning = meminfoMeaning(name, unit ? "kB" : "items");
		const at = { path, line, label: `${name}:`, field: 1, kind: "u64" as const };
		return [{ source: "vm", instance: "meminfo", name, width: 64, type: "u64" as const, ...meaning, at }];
	});
}

export const vm: Source<TextAt> = {
	name: "vm",
	summary: "memory management: events and amounts (/proc/vmstat), sizes in kB (/proc/meminfo)",
	absence: () =>
		readText(VMSTAT) === null && readText(MEMINFO) === null
			? "neither /proc/vmstat nor /proc/meminfo can be read; mount /proc without restrictions"
			: null,
	list: () => [...vmstatCounters(readText(VMSTAT) ?? ""), ...meminfoCounters(readText(MEMINFO) ?? "")],
	plan: (counters) => textReaders(counters),
};
