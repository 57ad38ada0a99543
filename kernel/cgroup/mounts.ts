// SPDX-License-Identifier: Apache-2.0
/**
 * Where cgroup hierarchies are mounted, from /proc/self/mountinfo (proc(5)):
 *
 *   41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw,nsdelegate
 *         |      |                        (optional)  |               |
 *         device mount point                          type            options of the hierarchy: its v1 controllers
 */

/** v1 controllers whose files have counters; other hierarchies (freezer, cpuset, named ones) are not walked. */
const counting = ["cpu", "cpuacct", "memory", "pids", "blkio"];

/** Spaces, tabs, newlines and backslashes of a path are octal escapes. */
const unescapePath = (text: string): string =>
	text.replace(/\\([0-7]{3})/g, (_, digits) => String.fromCharCode(Number.parseInt(digits, 8)));

/** The mount point of each hierarchy that has counters; the first one where it is mounted several times. */
export function hierarchies(mountinfo: string): string[] {
	const byDevice = new Map<string, string>();
	for (const line of mountinfo.split("\n")) {
		const [mount = "", system = ""] = line.split(" - ");
		const [, , device = "", , path = ""] = mount.split(" ");
		const [type, , options = ""] = system.split(" ");
		const counts = type === "cgroup2" || (type === "cgroup" && options.split(",").some((o) => counting.includes(o)));
		if (counts && !byDevice.has(device)) byDevice.set(device, unescapePath(path));
	}
	return [...byDevice.values()];
}
