// SPDX-License-Identifier: Apache-2.0
/** The kind of machine on which a figure was measured, never its name. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { cpus, release } from "node:os";
import { allowedCpus } from "../base/affinity.js";
import { packageFile } from "../base/paths.js";
import { identifier } from "../base/text.js";

export interface Host {
	/** Short, for file names: amd_epyc_2cpu_kvm. */
	readonly kind: string;
	readonly cpu: string;
	readonly cores: number;
	readonly kernel: string;
	/** "none", the name of the hypervisor, or "virtual machine" when the hypervisor does not give a name. */
	readonly virtualisation: string;
	readonly node: string;
}

/** The CPU sets the flag `hypervisor`; lscpu derives the name of the vendor from a CPUID leaf. */
function virtualisation(): string {
	if (!/^flags\s*:.*\bhypervisor\b/m.test(readFileSync("/proc/cpuinfo", "utf8"))) return "none";
	try {
		const vendor = /^Hypervisor vendor:\s*(.+)$/m.exec(execFileSync("lscpu", { encoding: "utf8" }));
		return vendor?.[1]?.trim() ?? "virtual machine";
	} catch {
		return "virtual machine";
	}
}

export function describeHost(): Host {
	const cpu = cpus()[0]?.model.trim().replace(/\s+/g, " ") ?? "unknown CPU";
	const cores = allowedCpus().length;
	const virtual = virtualisation();
	const kind = `${identifier(cpu)}_${cores}cpu_${virtual === "none" ? "metal" : identifier(virtual)}`;
	return {
		kind,
		cpu,
		cores,
		kernel: /^[\d.]+/.exec(release())?.[0] ?? release(),
		virtualisation: virtual,
		node: process.version,
	};
}

/** The commit of the working tree, followed by "-dirty" when it has changes; "unknown" outside a repository. */
export function commitId(): string {
	const git = (...args: string[]): string =>
		execFileSync("git", args, { cwd: packageFile("."), encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
	try {
		const changes = git("status", "--porcelain", "--untracked-files=no");
		return git("rev-parse", "--short=12", "HEAD") + (changes ? "-dirty" : "");
	} catch {
		return "unknown";
	}
}
