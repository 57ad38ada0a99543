// SPDX-License-Identifier: Apache-2.0
/** Measures what the whole tool takes of the machine while it records: the CPU of both processes, the length of
 *  their bursts, what is written, and how old the newest row is that an asker sees. The slope counts; start and end
 *  are left out. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { openSession } from "../ask/open-session.js";
import { rowsOf } from "../ask/session.js";
import { packageFile } from "../base/paths.js";
import { sql } from "../storage/sql.js";
import { type Benchmark, type Effort, type Figure, pick } from "./benchmark.js";
import { inScratch } from "./recording.js";

const SOURCES = ["net", "vm", "cpu", "softirq"];
const WIDE = [...SOURCES, "snmp", "irq", "synthetic"];
const SETTLE_S = 5;
const LOOK_MS = 5;
/** A window in which the recorder had more than this share of a CPU belongs to a burst. */
const BUSY = 0.5;

const read = (path: string): string => readFileSync(path, "latin1");

/** CPU time of all threads of a process, in ms. */
function cpuOf(pid: number): number {
	let ns = 0;
	for (const thread of readdirSync(`/proc/${pid}/task`))
		try {
			ns += Number(read(`/proc/${pid}/task/${thread}/schedstat`).split(" ")[0]);
		} catch {
			/* The thread has ended. */
		}
	return ns / 1e6;
}

const samplerOf = (pid: number): number => Number(read(`/proc/${pid}/task/${pid}/children`).trim().split(" ")[0]);
const writtenBy = (pid: number): number => Number(/^write_bytes: (\d+)$/m.exec(read(`/proc/${pid}/io`))![1]);

const quantile = (values: readonly number[], q: number): number =>
	[...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(q * values.length))] ?? 0;

interface Load {
	/** Shares of a core. */
	readonly node: number;
	readonly sampler: number;
	/** Lengths of the bursts of Node, in ms of CPU. */
	readonly bursts: readonly number[];
	readonly bytesPerSecond: number;
}

async function watch(pid: number, seconds: number): Promise<Load> {
	const sampler = samplerOf(pid);
	const start = { at: performance.now(), node: cpuOf(pid), sampler: cpuOf(sampler), written: writtenBy(pid) };
	const bursts: number[] = [];
	let burst = 0;
	let before = { at: start.at, cpu: start.node };
	while (performance.now() - start.at < 1000 * seconds) {
		await sleep(LOOK_MS);
		const now = { at: performance.now(), cpu: cpuOf(pid) };
		const used = now.cpu - before.cpu;
		if (used > BUSY * (now.at - before.at)) burst += used;
		else if (burst > 0) {
			bursts.push(burst);
			burst = 0;
		}
		before = now;
	}
	const ms = performance.now() - start.at;
	return {
		node: (cpuOf(pid) - start.node) / ms,
		sampler: (cpuOf(sampler) - start.sampler) / ms,
		bursts,
		bytesPerSecond: (1000 * (writtenBy(pid) - start.written)) / ms,
	};
}

/** Ages of the newest row, in ms: when the question was asked, and when its answer was there. */
async function agesOf(path: string, asks: number): Promise<{ asked: number[]; answered: number[] }> {
	const session = await openSession([path]);
	const [asked, answered]: [number[], number[]] = [[], []];
	try {
		for (let i = 0; i < asks; i++) {
			const at = Date.now();
			const [row] = await rowsOf(session, sql`SELECT epoch_ms(max(ts)) AS newest FROM net`);
			asked.push(at - Number(row!.newest));
			answered.push(Date.now() - Number(row!.newest));
			await sleep(300 + 7 * i);
		}
	} finally {
		await session.close();
	}
	return { asked, answered };
}

async function recording<T>(
	sources: readonly string[],
	rate: string,
	seconds: number,
	use: (pid: number, path: string) => Promise<T>,
): Promise<T> {
	return inScratch(async (path) => {
		const events = sources.flatMap((source) => ["-e", `${source}:*@${rate}`]);
		const words = ["record", "--force", ...events, "-d", `${seconds + SETTLE_S + 2}s`, "-o", path];
		const child = spawn(process.execPath, [packageFile("dist/cli/main.js"), ...words], { stdio: "ignore" });
		const closed = once(child, "close");
		try {
			await sleep(1000 * SETTLE_S);
			return await use(child.pid!, path);
		} finally {
			child.kill("SIGINT");
			await closed;
		}
	});
}

const percent = (share: number): number => 100 * share;

async function costOf(sources: readonly string[], rate: string, effort: Effort, goal: number): Promise<Figure[]> {
	const seconds = pick(effort, 30, 6);
	const load = await recording(sources, rate, seconds, (pid) => watch(pid, seconds));
	const what = `${sources.join(" ")} at ${rate}`;
	return [
		{
			what: `${what}: CPU of both processes`,
			unit: "% of a core",
			value: percent(load.node + load.sampler),
			goal: { atMost: goal },
			reference: { what: "of the sampler alone", value: percent(load.sampler) },
		},
		{
			what: `${what}: longest burst of the recorder, p99.9`,
			unit: "ms",
			value: quantile(load.bursts, 0.999),
			goal: { atMost: 10 },
		},
		{ what: `${what}: median burst of the recorder`, unit: "ms", value: quantile(load.bursts, 0.5) },
		{ what: `${what}: written to the disk`, unit: "kB/s", value: load.bytesPerSecond / 1000 },
	];
}

async function ageOf(rate: string, effort: Effort): Promise<Figure[]> {
	const asks = pick(effort, 40, 5);
	const { asked, answered } = await recording(SOURCES, rate, asks, (_, path) => agesOf(path, asks));
	return [
		{
			what: `${rate}: age of the newest row when the question was asked, p95`,
			unit: "ms",
			value: quantile(asked, 0.95),
			goal: { atMost: 500 },
		},
		{
			what: `${rate}: age of the newest row when the answer was there, p95`,
			unit: "ms",
			value: quantile(answered, 0.95),
		},
	];
}

export const whole: Benchmark = {
	name: "whole",
	title: "The whole tool, while it records",
	run: async (effort) => ({
		figures: [
			...(await costOf(SOURCES, "10Hz", effort, 1.5)),
			...(await costOf(SOURCES, "1kHz", effort, 15)),
			...(await costOf(WIDE, "1kHz", effort, 100)),
			...(await ageOf("10Hz", effort)),
			...(await ageOf("1kHz", effort)),
		],
	}),
};
