// SPDX-License-Identifier: Apache-2.0
/** Checks what the kernel grants the sampler: its binary, real-time priority, locked memory, open files. */
import { constants } from "node:fs";
import { samplerBinary } from "../../base/paths.js";
import { type Check, type Group, limited, missing, ok, permits, readText } from "./check.js";
import { namesOf, type SamplerPrivileges, setcapCommand, wanted } from "./linux-capabilities.js";
import { spinningRate, type Timing } from "./timing.js";

/** A soft limit as the kernel prints it ("unlimited", or a number); null when it cannot be read. */
function softLimit(name: string): string | null {
	const limits = readText("/proc/self/limits") ?? "";
	const line = limits.split("\n").find((text) => text.startsWith(name));
	return line?.slice(name.length).trim().split(/\s+/)[0] ?? null;
}

function binary(): Check {
	const path = samplerBinary();
	return permits(path, constants.X_OK)
		? ok("sampler", path)
		: missing("sampler", `${path} is missing or not executable`, "npm run build (needs gcc and make)", true);
}

function capabilities({ file, ignored, has }: SamplerPrivileges): Check {
	const carried = namesOf(file).join(", ") || "none";
	const lacking = wanted.filter(({ name }) => !has(name));
	if (lacking.length === 0)
		return ok("capabilities", `on the file: ${carried}; the sampler gets ${wanted.map(({ name }) => name).join(", ")}`);
	const why = lacking.map(({ name, use }) => `${name} (${use})`).join(", ");
	const found = `on the file: ${carried}; the sampler lacks ${why}`;
	return ignored && file !== 0n
		? limited("capabilities", `${found}, because ${ignored}`, "start countersink outside of this container or mount")
		: limited("capabilities", found, setcapCommand());
}

function realtime(timing: Timing | null, { has }: SamplerPrivileges): Check {
	const name = "SCHED_FIFO";
	const limit = softLimit("Max realtime priority") ?? "unknown";
	const granted = timing?.runs.find((run) => run.realtime)?.grants.realtime ?? false;
	const why = has("cap_sys_nice") ? "cap_sys_nice" : `RLIMIT_RTPRIO ${limit}`;
	if (granted) return ok(name, `granted (${why})`);
	if (!timing) return limited(name, `not tried; RLIMIT_RTPRIO ${limit}`, "make the sampler run first, see timing");
	if (has("cap_sys_nice"))
		return limited(
			name,
			"refused in spite of cap_sys_nice: our control group has no real-time time",
			"echo 950000 | sudo tee cpu.rt_runtime_us in the cpu control group of this process, or leave the group",
		);
	return limited(name, `refused (no cap_sys_nice, RLIMIT_RTPRIO ${limit})`, setcapCommand());
}

function nice(timing: Timing | null): Check {
	if (!timing) return limited("nice -20", "not tried", "make the sampler run first, see timing");
	return timing.runs.find((run) => run.realtime)?.grants.nice
		? ok("nice -20", "granted; a spinning sampler uses it instead of SCHED_FIFO")
		: limited("nice -20", "refused: a spinning sampler shares its CPU evenly with others", setcapCommand());
}

function throttling(): Check {
	const name = "real-time share";
	const runtime = readText("/proc/sys/kernel/sched_rt_runtime_us");
	const period = readText("/proc/sys/kernel/sched_rt_period_us");
	if (runtime === null || period === null) return ok(name, "this kernel has no limit");
	if (runtime === "-1") return ok(name, "not limited (sched_rt_runtime_us -1)");
	const share = (100 * Number(runtime)) / Number(period);
	const found = `${share.toFixed(0)} % of a CPU (sched_rt_runtime_us ${runtime})`;
	return share >= 50
		? ok(name, `${found}: a sampler that sleeps stays below, and one that spins does not use SCHED_FIFO`)
		: limited(name, `${found}: above it sampling is suspended`, "sudo sysctl kernel.sched_rt_runtime_us=950000");
}

function locking(timing: Timing | null, { has }: SamplerPrivileges): Check {
	const name = "locked memory";
	const limit = softLimit("Max locked memory") ?? "unknown";
	const figure = `RLIMIT_MEMLOCK ${/^\d+$/.test(limit) ? `${Number(limit) / 1024} KiB` : limit}`;
	if (has("cap_ipc_lock")) return ok(name, `cap_ipc_lock: any size (${figure})`);
	if (limit === "unlimited") return ok(name, figure);
	const small = timing?.runs[0]?.grants.locked ?? false;
	return limited(
		name,
		`${figure}, no cap_ipc_lock: ${small ? "only small" : "no"} rings stay in memory when it runs short`,
		setcapCommand(),
	);
}

const MANY_FILES = 4096;

function openFiles(): Check {
	const limit = softLimit("Max open files") ?? "unknown";
	return limit === "unlimited" || Number(limit) >= MANY_FILES
		? ok("open files", `${limit} at once`)
		: limited(
				"open files",
				`${limit} at once: every perf event and every control group file takes one`,
				`ulimit -n ${MANY_FILES}`,
			);
}

function verdict(checks: readonly Check[]): string {
	if (checks.some(({ required, status }) => required && status === "missing"))
		return "nothing can be recorded without the sampler";
	const refused = (name: string): boolean => checks.find((check) => check.name === name)?.status !== "ok";
	if (refused("SCHED_FIFO"))
		return "on a busy machine other processes will delay ticks by milliseconds: above 100 Hz expect gaps under load";
	if (refused("locked memory")) return "ticks hold their time under load, unless memory runs short";
	return `ticks hold their time under load, up to ${spinningRate}`;
}

export function privileges(timing: Timing | null, of: SamplerPrivileges): Group {
	const checks = [
		binary(),
		capabilities(of),
		realtime(timing, of),
		nice(timing),
		throttling(),
		locking(timing, of),
		openFiles(),
	];
	return { name: "privileges", verdict: verdict(checks), checks };
}
