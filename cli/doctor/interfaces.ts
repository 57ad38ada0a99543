// SPDX-License-Identifier: Apache-2.0
/** Checks kernel interfaces that a distribution, an administrator or a container may have closed. */
import { constants } from "node:fs";
import { type Check, type Group, limited, listDirectory, missing, mounts, ok, permits, readText } from "./check.js";
import type { SamplerPrivileges } from "./linux-capabilities.js";
import { setcapCommand } from "./linux-capabilities.js";

function perfEvents({ has }: SamplerPrivileges): Check {
	const name = "perf events";
	const paranoid = readText("/proc/sys/kernel/perf_event_paranoid");
	if (paranoid === null) return missing(name, "this kernel has none", "use a kernel with CONFIG_PERF_EVENTS");
	const found = `perf_event_paranoid ${paranoid}`;
	if (has("cap_perfmon")) return ok(name, `${found}, which cap_perfmon overrides: whole CPUs can be counted`);
	if (Number(paranoid) <= 0) return ok(name, `${found}: whole CPUs can be counted`);
	return limited(
		name,
		`${found}, no cap_perfmon: ${Number(paranoid) > 2 ? "nothing can be counted" : "only processes of your own can be counted"}`,
		`${setcapCommand()}, or sudo sysctl kernel.perf_event_paranoid=0`,
	);
}

/** Finds the PMUs of the CPU itself: "cpu" or one for each kind of core on x86, armv8_... on ARM, cpum_cf on s390. */
function hardwarePmu(): Check {
	const name = "hardware PMU";
	const all = listDirectory("/sys/bus/event_source/devices") ?? [];
	const own = all.filter((pmu) => /^(cpu(_core|_atom|m_cf)?|armv\d.*|riscv.*pmu.*)$/.test(pmu));
	if (own.length) return ok(name, own.join(", "));
	return missing(
		name,
		`none (event sources: ${all.sort().join(", ") || "none"}): no cycles, instructions or cache misses`,
		"if this machine is virtual, let its host pass the PMU through",
	);
}

function tracefs(): Check {
	const name = "tracefs";
	const path = mounts().find(({ type }) => type === "tracefs")?.path;
	if (path === undefined)
		return missing(
			name,
			"not mounted: tracepoints cannot be counted",
			"sudo mount -t tracefs tracefs /sys/kernel/tracing",
		);
	if (permits(`${path}/events/sched/sched_switch/id`, constants.R_OK)) return ok(name, `readable at ${path}`);
	return limited(
		name,
		`mounted at ${path}, not readable: tracepoints cannot be named`,
		`sudo mount -o remount,mode=750,gid=${process.getgid?.() ?? 0} ${path}`,
	);
}

function bpf({ has }: SamplerPrivileges): Check {
	const name = "BPF";
	const unprivileged = readText("/proc/sys/kernel/unprivileged_bpf_disabled");
	if (unprivileged === null)
		return missing(name, "this kernel has no bpf system call", "use a kernel with CONFIG_BPF_SYSCALL");
	const types = permits("/sys/kernel/btf/vmlinux", constants.R_OK) ? "BTF present" : "no BTF";
	const capability = has("cap_bpf") ? "cap_bpf" : "no cap_bpf";
	return ok(name, `unprivileged_bpf_disabled ${unprivileged}, ${capability}, ${types}; no source needs it yet`);
}

/** The lockdown state. In "[none] integrity confidentiality" the one in brackets is in force. */
export const lockdownOf = (text: string): string => /\[(\w+)\]/.exec(text)?.[1] ?? text;

function lockdown(): Check {
	const name = "lockdown";
	const text = readText("/sys/kernel/security/lockdown");
	if (text === null)
		return mounts().some(({ type }) => type === "securityfs")
			? ok(name, "this kernel has none")
			: limited(
					name,
					"unknown, because securityfs is not mounted",
					"sudo mount -t securityfs securityfs /sys/kernel/security",
				);
	const state = lockdownOf(text);
	if (state === "none") return ok(name, "none");
	const refused =
		state === "confidentiality"
			? "debugfs, PCI registers, and perf and BPF access to kernel memory are refused"
			: "writable debugfs files and PCI registers are refused";
	return limited(
		name,
		`${state}: ${refused}`,
		"use fwctl or other interfaces made for it; lockdown ends with a reboot",
	);
}

export function interfaces(privileges: SamplerPrivileges): Group {
	const checks = [perfEvents(privileges), hardwarePmu(), tracefs(), bpf(privileges), lockdown()];
	const [perf, pmu] = checks;
	const verdict =
		perf!.status !== "ok"
			? "files, netlink and ethtool are open to all (1 to 100 us a read); events of whole CPUs are not"
			: pmu!.status === "ok"
				? "everything the kernel counts, hardware events too, at 1 to 100 us a read"
				: "everything the kernel counts itself, at 1 to 100 us a read; no hardware events";
	return { name: "interfaces", verdict, checks };
}
