// SPDX-License-Identifier: Apache-2.0
/**
 * Where cgroup hierarchies are mounted, from /proc/self/mountinfo (proc(5)):
 *
 *   41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw,nsdelegate
 *         |      |                        (optional)  |               |
 *         device mount point                          type            options of the hierarchy: its v1 controllers
 */

export interface Hierarchy {
	readonly path: string;
	readonly version: 1 | 2;
	/** Of v1; those of v2 are seen in the files of each cgroup. */
	readonly controllers: readonly string[];
}

/** Spaces, tabs, newlines and backslashes of a path are octal escapes. */
const unescapePath = (text: string): string =>
	text.replace(/\\([0-7]{3})/g, (_, digits) => String.fromCharCode(Number.parseInt(digits, 8)));

/** Each hierarchy once, at its first mount point; v1 hierarchies with nothing to count (named ones, freezer) are left out. */
export function hierarchies(mountinfo: string): Hierarchy[] {
	const byDevice = new Map<string, Hierarchy>();
	for (const line of mountinfo.split("\n")) {
		const [mount = "", system = ""] = line.split(" - ");
		const [, , device = "", , path = ""] = mount.split(" ");
		const [type, , options = ""] = system.split(" ");
		if ((type !== "cgroup" && type !== "cgroup2") || byDevice.has(device)) continue;
		const controllers = options
			.split(",")
			.filter((option) => ["cpu", "cpuacct", "memory", "pids", "blkio"].includes(option));
		if (type === "cgroup2" || controllers.length > 0)
			byDevice.set(device, { path: unescapePath(path), version: type === "cgroup2" ? 2 : 1, controllers });
	}
	return [...byDevice.values()];
}
