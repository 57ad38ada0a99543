// SPDX-License-Identifier: Apache-2.0
/** Checks the machine: kernel, CPUs, and what else decides when they run. */
import { release } from "node:os";
import { allowedCpus } from "../../base/affinity.js";
import { cpuQuota } from "./cgroup.js";
import { type Check, type Group, limited, missing, ok, readText } from "./check.js";
import { spinningRate } from "./timing.js";

/** What the sampler relies on: memfd seals, CAP_PERFMON (5.8), and MADV_POPULATE_WRITE (5.14), which it can do
 *  without. */
const OLDEST_KERNEL = [5, 8] as const;

const cpuList = (name: string): string => readText(`/sys/devices/system/cpu/${name}`) || "none";

function kernel(): Check {
	const [major = 0, minor = 0] = release().split(/[.-]/).map(Number);
	const old = major < OLDEST_KERNEL[0] || (major === OLDEST_KERNEL[0] && minor < OLDEST_KERNEL[1]);
	const found = `Linux ${release()}`;
	return old
		? limited("kernel", `${found}: older than ${OLDEST_KERNEL.join(".")}, untried`, "use a later kernel")
		: ok("kernel", found);
}

const isolatedCpus = (): string | null => readText("/sys/devices/system/cpu/isolated") || null;

function cpus(): Check {
	const allowed = allowedCpus();
	const found = `${cpuList("online")} online, ${allowed.length} for this process (${allowed.join(",")})`;
	return allowed.length > 1
		? ok("CPUs", found)
		: limited("CPUs", `${found}: the sampler and what it watches take turns`, "give this process at least two CPUs");
}

function isolation(): Check {
	const [isolated, tickless] = [cpuList("isolated"), cpuList("nohz_full")];
	const found = `isolated ${isolated}, nohz_full ${tickless}`;
	const last = allowedCpus().at(-1) ?? 0;
	return isolated === "none" || tickless === "none"
		? limited(
				"own CPU",
				`${found}: other work and the timer tick interrupt a spinning sampler`,
				`boot with isolcpus=${last} nohz_full=${last}, for rates above ${spinningRate}`,
			)
		: ok("own CPU", found);
}

/** The share of all CPU time since boot that was stolen; null where the kernel does not count it. */
function stealShare(): number | null {
	const fields = /^cpu +(.*)$/m
		.exec(readText("/proc/stat") ?? "")?.[1]
		?.split(" ")
		.map(Number);
	if (fields?.[7] === undefined) return null;
	const all = fields.slice(0, 8).reduce((sum, ticks) => sum + ticks, 0);
	return all > 0 ? fields[7] / all : null;
}

function isVirtual(): boolean {
	return (
		/^flags\s*:.*\bhypervisor\b/m.test(readText("/proc/cpuinfo") ?? "") || readText("/sys/hypervisor/type") !== null
	);
}

function virtualisation(): Check {
	if (!isVirtual()) return ok("virtual", "no sign of a hypervisor");
	const product = readText("/sys/class/dmi/id/product_name");
	const steal = stealShare();
	const stolen = steal === null ? "" : `, ${(100 * steal).toFixed(2)} % of its time stolen since boot`;
	return limited(
		"virtual",
		`a virtual machine${product ? ` (${product})` : ""}${stolen}: its host delays wakes, by milliseconds at times`,
		"record cpu:*/steal beside your counters; for exact timing use dedicated hardware",
	);
}

function quota(): Check {
	const quota = cpuQuota();
	if (!quota) return ok("CPU quota", "none on our control groups");
	return limited(
		"CPU quota",
		`${quota.cpus} CPUs on average: when they are used up, sampling stops until the next period`,
		`echo ${quota.unlimited} | sudo tee ${quota.file}`,
	);
}

function memory(): Check {
	const kB = Number(/^MemAvailable:\s+(\d+)/m.exec(readText("/proc/meminfo") ?? "")?.[1] ?? Number.NaN);
	const found = `${(kB / 1024 ** 2).toFixed(1)} GiB available; a ring takes up to 1 GiB`;
	if (Number.isNaN(kB)) return limited("memory", "/proc/meminfo cannot be read", "mount /proc");
	if (kB < 256 * 1024) return missing("memory", found, "end some processes, or record with a short --depth");
	return kB < 2 * 1024 ** 2 ? limited("memory", found, "record with a short --depth") : ok("memory", found);
}

function verdict(checks: readonly Check[]): string {
	const isolated = isolatedCpus();
	if (checks.find((check) => check.name === "CPU quota")?.status === "limited")
		return "the CPU quota makes gaps of tens of milliseconds once it is used up; lift it before anything else";
	if (isolated)
		return `a spinning sampler can have a CPU of its own (${isolated}): up to 1 MHz with --wait spin --cpu NUMBER`;
	return allowedCpus().length > 1
		? `a sampler that sleeps shares its CPU well; above ${spinningRate} it spins, and other work interrupts it`
		: "one CPU: keep to rates below 1 kHz, so that what you watch can run";
}

export function machine(): Group {
	const checks = [kernel(), cpus(), isolation(), virtualisation(), quota(), memory()];
	return { name: "machine", verdict: verdict(checks), checks };
}
