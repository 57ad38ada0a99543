// SPDX-License-Identifier: Apache-2.0
/** Reads the CPU quota of our control groups, up to the root that we can see. */
import { dirname, join, relative } from "node:path";
import { type Mount, mounts, readText } from "./check.js";

export interface Quota {
	/** Number of CPUs that may be used on average. */
	readonly cpus: number;
	/** The file that holds the quota. */
	readonly file: string;
	/** The text to write into the file to lift the quota. */
	readonly unlimited: string;
}

/** Converts "50000 100000" or "max 100000" to a number of CPUs; null when there is no limit. */
export function parseCpuMax(text: string): number | null {
	const [quota, period] = text.split(/\s+/).map(Number);
	return quota !== undefined && period !== undefined && quota > 0 && period > 0 ? quota / period : null;
}

/** Our path in a hierarchy. Lines of /proc/self/cgroup are id:controllers:path; version 2 has no controllers. */
function ownPath(memberships: string, controller: string): string | null {
	for (const line of memberships.split("\n")) {
		const [, controllers = "", ...path] = line.split(":");
		if (controller === "" ? controllers === "" : controllers.split(",").includes(controller)) return path.join(":");
	}
	return null;
}

/** Our directory and its parents, as far as they are mounted. */
function directories(mount: Mount | undefined, path: string | null): string[] {
	if (!mount || path === null) return [];
	const below = relative(mount.root, path);
	let directory = below.startsWith("..") ? mount.path : join(mount.path, below);
	const all = [directory];
	while (directory !== mount.path && directory.length > mount.path.length) {
		directory = dirname(directory);
		all.push(directory);
	}
	return all;
}

function quotas(): Quota[] {
	const all = mounts();
	const memberships = readText("/proc/self/cgroup") ?? "";
	const version2 = directories(
		all.find(({ type }) => type === "cgroup2"),
		ownPath(memberships, ""),
	).map((directory) => ({ file: join(directory, "cpu.max"), period: "", unlimited: "max" }));
	const version1 = directories(
		all.find(({ type, superOptions }) => type === "cgroup" && superOptions.includes("cpu")),
		ownPath(memberships, "cpu"),
	).map((directory) => ({
		file: join(directory, "cpu.cfs_quota_us"),
		period: readText(join(directory, "cpu.cfs_period_us")) ?? "",
		unlimited: "-1",
	}));
	return [...version2, ...version1].flatMap(({ file, period, unlimited }) => {
		const cpus = parseCpuMax(`${readText(file) ?? ""} ${period}`.trim());
		return cpus === null ? [] : [{ cpus, file, unlimited }];
	});
}

/** The tightest quota; null when there is none. */
export const cpuQuota = (): Quota | null =>
	quotas().reduce<Quota | null>((min, quota) => (min && min.cpus <= quota.cpus ? min : quota), null);
