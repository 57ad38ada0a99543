// SPDX-License-Identifier: Apache-2.0
/** Measures how exactly this machine keeps time: its clock, and how late the real sampler wakes, on counters that cost
 *  nothing. */
import { allowedCpus } from "../../base/affinity.js";
import { messageOf } from "../../base/errors.js";
import { formatDuration, formatRate, fromSeconds, nanoseconds } from "../../base/units.js";
import { synthetic } from "../../kernel/synthetic/index.js";
import { probe } from "../../record/cost/probe.js";
import { drive } from "../../record/drive.js";
import type { Grants } from "../../sampler/handle.js";
import type { Distribution } from "../../sampler/histogram.js";
import type { WaitPolicy } from "../../sampler/plan.js";
import { DEFAULT_PERIOD, nameColumns, type StreamSpec } from "../../sampler/selection.js";
import { type Check, type Group, limited, missing, ok, readText } from "./check.js";

const RUN = fromSeconds(0.3);
const CLOCK_READS = 1000;
/** Reading a clock without a system call takes about 25 ns; with one, several times as much. */
const SLOW_CLOCK_NS = 150;
/** The p99 lateness above which 1 kHz is worth an effort. */
const LATE_NS = 150_000;

/** The rate above which the hybrid wait spins (WAIT_SPINS_BELOW_NS of sampler/native/wait.h). */
const SPINNING_HZ = 30_000;
export const spinningRate = formatRate(1e9 / SPINNING_HZ);

export interface Lateness {
	readonly wait: WaitPolicy;
	readonly realtime: boolean;
	readonly grants: Grants;
	readonly lateness: Distribution;
}

export interface Timing {
	readonly runs: readonly Lateness[];
	/** Length of a read section around almost nothing: two clock reads. */
	readonly section_ns: number;
}

function stream(): StreamSpec {
	const counter = synthetic.list().find(({ name }) => name === "constant")!;
	const source = synthetic as unknown as StreamSpec["source"];
	return { name: "synthetic", source, period: DEFAULT_PERIOD, columns: nameColumns([counter]), options: new Map() };
}

async function latenessOf(wait: WaitPolicy, realtime: boolean): Promise<Lateness> {
	const cpu = allowedCpus().at(-1) ?? -1;
	const depth = nanoseconds(1e9);
	const { streams, grants } = await drive([stream()], { wait, realtime, cpu, duration: RUN, depth }, () => {});
	return { wait, realtime, grants, lateness: streams[0]!.lateness };
}

/** Measures for 1.3 s. @throws CountersinkError when the sampler does not run */
export async function measureTiming(): Promise<Timing> {
	const [section] = await probe([stream()], CLOCK_READS);
	const runs: Lateness[] = [];
	for (const wait of ["sleep", "hybrid"] as const)
		for (const realtime of [false, true]) runs.push(await latenessOf(wait, realtime));
	return { runs, section_ns: section!.p50_ns };
}

function clockSource(): Check {
	const folder = "/sys/devices/system/clocksource/clocksource0";
	const current = readText(`${folder}/current_clocksource`);
	const available = (readText(`${folder}/available_clocksource`) ?? "").split(/\s+/);
	if (current === null) return limited("clocksource", `${folder} cannot be read`, "mount /sys");
	if (!/^(hpet|acpi_pm|pit|jiffies|refined-jiffies)$/.test(current)) return ok("clocksource", current);
	const better = available.find((name) => /^(tsc|kvm-clock|arch_sys_counter|hyperv_)/.test(name));
	return limited(
		"clocksource",
		`${current}: every timestamp costs a system call or a slow device read`,
		better ? `echo ${better} | sudo tee ${folder}/current_clocksource` : "boot with tsc=reliable if the CPU's TSC is",
	);
}

function clockRead({ section_ns }: Timing): Check {
	const found = `an empty read section (two clock reads) takes ${formatDuration(section_ns)}`;
	return section_ns < SLOW_CLOCK_NS
		? ok("clock read", found)
		: limited("clock read", found, "see clocksource: here the clock is not read in user space");
}

const describe = ({ p50_ns, p99_ns, max_ns }: Distribution): string =>
	`p50 ${formatDuration(p50_ns)}, p99 ${formatDuration(p99_ns)}, max ${formatDuration(max_ns)}`;

/** @param granted whether recordings get real-time priority, in which case lateness without it does not matter */
function latenessCheck({ wait, realtime, grants, lateness }: Lateness, granted: boolean): Check {
	const name = `${wait}${realtime ? ", real-time" : ""}`;
	if (realtime && !grants.realtime) return limited(name, "real-time priority is not granted", "see privileges below");
	const found = describe(lateness);
	if (lateness.p99_ns < LATE_NS || (granted && !realtime)) return ok(name, found);
	return limited(
		name,
		found,
		"run doctor again on an idle machine; if that changes nothing, the host or the load delays wakes",
	);
}

/** The next lower rate of 1, 2, 5, 10, 20, ... Hz, as a period. */
function roundRate(hertz: number): number {
	const decade = 10 ** Math.floor(Math.log10(hertz));
	return 1e9 / (decade * ([5, 2, 1].find((step) => step * decade <= hertz) ?? 1));
}

/** The verdict. A tick is missed when it is later than its period; half of the period leaves a margin. */
function verdict({ runs }: Timing): string {
	const best = runs.find(({ wait, realtime, grants }) => wait === "hybrid" && realtime && grants.realtime);
	const { lateness } = best ?? runs.find(({ wait, realtime }) => wait === "hybrid" && !realtime)!;
	const rate = Math.min(SPINNING_HZ / 2, 5e8 / Math.max(1, lateness.p99_ns));
	return `99 of 100 ticks are at most ${formatDuration(lateness.p99_ns)} late (hybrid${best ? ", real-time" : ""}): about ${formatRate(roundRate(rate))} while sleeping; above, up to 1 MHz, one CPU spins`;
}

/** @param measured the measurement, or the error that prevented it */
export function timing(measured: Timing | Error): Group {
	const name = "timing";
	if (measured instanceof Error) {
		const check = missing("sampler run", messageOf(measured), "see sampler below", true);
		return { name, verdict: "nothing can be recorded: the sampler does not run", checks: [clockSource(), check] };
	}
	const granted = measured.runs.some(({ realtime, grants }) => realtime && grants.realtime);
	const checks = measured.runs.map((run) => latenessCheck(run, granted));
	return { name, verdict: verdict(measured), checks: [clockSource(), clockRead(measured), ...checks] };
}
