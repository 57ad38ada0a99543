// SPDX-License-Identifier: Apache-2.0
/**
 * The counters in one file of one cgroup. The id is `cgroup:PATH/NAME`. PATH is the path of the cgroup below its mount
 * point, with a leading slash ("/" is the root, so its ids start with `cgroup://`). NAME has no slash: it is the name
 * of the file and, where the file has several numbers, the key of the number:
 *
 *   pids.current            one number           cgroup:/a/b/pids.current
 *   cpu.stat                lines "key number"   cgroup:/a/b/cpu.usage_usec        (without ".stat")
 *   memory.events           lines "key number"   cgroup:/a/b/memory.events.oom
 *   cpu.pressure            see psi              cgroup:/a/b/cpu.pressure.some_total
 *   io.stat                 254:0 rbytes=1 ...   cgroup:/a/b/io.vda.rbytes
 *   blkio.throttle.io_serv* 254:0 Read 1         cgroup:/a/b/blkio.throttle.io_serviced.vda.Read
 *
 * A controller belongs to one hierarchy only, so a name never comes from v1 and v2 at once. A block device has a line
 * only after its first request, so devices that a cgroup has not used yet are not listed. The grand total of blkio
 * files is left out, because its line moves whenever a device is added.
 */
import { pressureCounters } from "../shared/pressure.js";
import type { TextAt } from "../shared/text/positions.js";
import type { Counter } from "../source.js";
import { blkio, io, keyed, type Meaning, numbers, pressures } from "./meanings.js";

export interface CgroupFile {
	/** "/" or "/a/b". */
	readonly instance: string;
	/** Name of the file, such as cpu.stat. */
	readonly file: string;
	readonly path: string;
	readonly text: string;
	/** Name of the block device "254:0". */
	readonly deviceName: (number: string) => string;
}

const counter = (of: CgroupFile, name: string, meaning: Meaning, at: Omit<TextAt, "path">): Counter<TextAt> => ({
	source: "cgroup",
	instance: of.instance,
	name,
	...meaning,
	width: 64,
	at: { path: of.path, ...at },
});

/** All files whose counters are known here; no other file is opened. */
export const isKnown = (file: string): boolean =>
	[numbers, keyed, blkio, pressures].some((t) => file in t) || file === "io.stat";

function numberFile(of: CgroupFile): Counter<TextAt>[] {
	if (!/^\d+\n?$/.test(of.text)) return [];
	return [counter(of, of.file, numbers[of.file]!, { line: 0, label: "", field: 0, kind: "u64" })];
}

function keyedFile(of: CgroupFile): Counter<TextAt>[] {
	const stem = of.file.replace(/\.stat(?=\.|$)/, "");
	return of.text.split("\n").flatMap((content, line) => {
		const [, key] = /^(\S+) \d+$/.exec(content) ?? [];
		const meaning = key === undefined ? undefined : keyed[of.file]!(key);
		return meaning ? [counter(of, `${stem}.${key}`, meaning, { line, label: `${key} `, field: 1, kind: "u64" })] : [];
	});
}

function ioFile(of: CgroupFile): Counter<TextAt>[] {
	return of.text.split("\n").flatMap((content, line) => {
		const [, label, device, first] = /^((\d+:\d+) (\w+)=)/.exec(content) ?? [];
		if (label === undefined || device === undefined || first === undefined) return [];
		// Fields: major, minor, then key and value in turn.
		return [...content.slice(device.length).matchAll(/([\w.]+)=(\S+)/g)].flatMap(([, key], i) => {
			const meaning = io[key!];
			const name = `io.${of.deviceName(device)}.${key}`;
			return meaning ? [counter(of, name, meaning, { line, label, field: 3 + 2 * i, kind: "u64" })] : [];
		});
	});
}

function blkioFile(of: CgroupFile): Counter<TextAt>[] {
	return of.text.split("\n").flatMap((content, line) => {
		const [, label, device, operation] = /^((\d+:\d+) (\w+) )\d+$/.exec(content) ?? [];
		if (label === undefined || device === undefined || operation === undefined) return [];
		const name = `${of.file}.${of.deviceName(device)}.${operation}`;
		return [counter(of, name, blkio[of.file]!(operation), { line, label, field: 3, kind: "u64" })];
	});
}

export function cgroupCounters(of: CgroupFile): Counter<TextAt>[] {
	const resource = pressures[of.file];
	if (resource !== undefined)
		return pressureCounters(
			{ source: "cgroup", instance: of.instance, prefix: `${of.file}.`, resource, path: of.path },
			of.text,
		);
	if (of.file in numbers) return numberFile(of);
	if (of.file in keyed) return keyedFile(of);
	return of.file === "io.stat" ? ioFile(of) : blkioFile(of);
}
