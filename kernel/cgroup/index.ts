// SPDX-License-Identifier: Apache-2.0
/**
 * Control groups of both versions, wherever their hierarchies are mounted. Each file costs 0.6 to 2 us a tick on a
 * small guest, memory.stat 9 us.
 *
 * The cgroups are those that exist when counters are listed. The values of a cgroup that is removed later are null from
 * then on (its open descriptors fail with ENODEV), also when another cgroup gets the same name. A new cgroup does not
 * appear. When all cgroups of a stream were removed, it has gaps (source_error) in place of rows.
 */
import { readdirSync, readlinkSync } from "node:fs";
import { basename, join } from "node:path";
import { readText, type TextAt, textReaders } from "../shared/text/positions.js";
import type { Counter, Source } from "../source.js";
import { cgroupCounters, isKnown } from "./catalogue.js";
import { hierarchies } from "./mounts.js";

const mounted = () => hierarchies(readText("/proc/self/mountinfo") ?? "");

function deviceNamer(): (number: string) => string {
	const names = new Map<string, string>();
	return (number) => {
		if (!names.has(number)) names.set(number, blockDevice(number));
		return names.get(number)!;
	};
}

/** The name of a device; its number when sysfs does not have it. */
function blockDevice(number: string): string {
	try {
		return basename(readlinkSync(`/sys/dev/block/${number}`));
	} catch {
		return number;
	}
}

/** The entries of one cgroup, sorted; none when it was removed during the walk. */
function entries(path: string) {
	try {
		return readdirSync(path, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
	} catch {
		return [];
	}
}

/** Counters of the cgroup at root + instance, and of those below it. */
function walk(root: string, instance: string, deviceName: (number: string) => string): Counter<TextAt>[] {
	const all = entries(join(root, instance));
	const own = all
		.filter((entry) => entry.isFile() && isKnown(entry.name))
		.flatMap(({ name: file }) => {
			const path = join(root, instance, file);
			const text = readText(path);
			return text === null ? [] : cgroupCounters({ instance, file, path, text, deviceName });
		});
	const below = all.filter((entry) => entry.isDirectory());
	return [...own, ...below.flatMap((entry) => walk(root, join(instance, entry.name), deviceName))];
}

export const cgroup: Source<TextAt> = {
	name: "cgroup",
	summary: "control groups, v1 and v2: CPU, memory, I/O, tasks, pressure; ids are cgroup:/path/of/it/file.key",
	absence: () =>
		mounted().length > 0 ? null : "no cgroup hierarchy is mounted; try 'mount -t cgroup2 none /sys/fs/cgroup'",
	list: () => {
		const deviceName = deviceNamer();
		return mounted().flatMap((path) => walk(path, "/", deviceName));
	},
	plan: (counters) => textReaders(counters),
};
