// SPDX-License-Identifier: Apache-2.0
/** Other tools beside `countersink record` on the same counters: what each delivers, what it costs, and what it says
 *  of the rest. */
import { mkdtempSync, rmSync } from "node:fs";
import { getPriority, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { messageOf } from "../../base/errors.js";
import { formatRate } from "../../base/units.js";
import { type Benchmark, type Delivery, type Effort, type Figure, type PeerRun, pick } from "../benchmark.js";
import { endedChildrenCpu_ms, spent_ns, threadsCpu_ns, treeOf } from "../cpu-time.js";
import { sum } from "../statistics.js";
import { recordPerf, recordProc } from "./countersink-record.js";
import type { Peer, Running } from "./peer.js";
import { bytesPerValue, cpuPerValue_ns } from "./peer-cost.js";
import { perfStat } from "./perf-stat-peer.js";
import { pmlogger } from "./pmlogger.js";
import { sadc } from "./sadc.js";

const compared: readonly Peer[] = [sadc, pmlogger, recordProc, perfStat, recordPerf];

/** CPU share of all processes of the tool, from a quarter of the run to 85 %: sadc has ended after nine tenths. */
async function watch({ pids }: Running, seconds: number): Promise<number> {
	await sleep(seconds * 250);
	const [before, begin] = [threadsCpu_ns(treeOf(pids)), performance.now()];
	await sleep(seconds * 600);
	return spent_ns(before, threadsCpu_ns(treeOf(pids))) / ((performance.now() - begin) * 1e6);
}

async function deliver(peer: Peer, rate_hz: number, seconds: number, folder: string): Promise<Delivery> {
	const running = await peer.start({ rate_hz, seconds, folder });
	const before_ms = endedChildrenCpu_ms();
	let [cpu_share, cpu_ms] = [0, 0];
	try {
		[cpu_share] = await Promise.all([watch(running, seconds), running.ended]);
		/* What has ended by now, and the daemons that still run. */
		cpu_ms = endedChildrenCpu_ms() - before_ms + sum([...threadsCpu_ns(treeOf(running.pids)).values()]) / 1e6;
	} finally {
		await running.stop();
	}
	return { asked: rate_hz * seconds, cpu_share, cpu_ms, ...running.output() };
}

async function runPeer(peer: Peer, rate_hz: number, seconds: number): Promise<PeerRun> {
	const { tool, subject } = peer;
	const about = { tool, subject, rate_hz, version: "" };
	const absence = peer.absence();
	if (absence !== null) return { ...about, cannot: absence, delivery: null };
	const version = peer.version();
	const refusal = peer.refusal?.(rate_hz) ?? null;
	if (refusal !== null) return { ...about, version, cannot: refusal, delivery: null };
	const folder = mkdtempSync(join(tmpdir(), "countersink-peers-"));
	try {
		return { ...about, version, cannot: null, delivery: await deliver(peer, rate_hz, seconds, folder) };
	} catch (error) {
		return { ...about, version, cannot: messageOf(error).split("\n")[0]!, delivery: null };
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
}

/** Named so that the page finds it. */
export const LOAD = "load of the machine after the last run";

/** @param own the run of countersink on the same counters at the same rate; null where there is none */
function figuresOf({ tool, rate_hz, cannot, delivery }: PeerRun, own: Delivery | null): Figure[] {
	const what = `${tool} at ${formatRate(1e9 / rate_hz)}`;
	if (!delivery) return [{ what: `${what}: samples`, unit: "", value: 0, note: cannot ?? "" }];
	const { asked, delivered, counters } = delivery;
	const beside = (value: (delivery: Delivery) => number): Pick<Figure, "reference"> =>
		own && own !== delivery ? { reference: { what: "countersink record", value: value(own) } } : {};
	const cpu = (of: Delivery): number => cpuPerValue_ns(of, rate_hz);
	return [
		{
			what: `${what}: samples`,
			unit: "",
			value: delivered,
			reference: { what: "asked", value: asked },
			note: `of ${counters} counters`,
		},
		{ what: `${what}: CPU time of a value`, unit: "ns", value: cpu(delivery), ...beside(cpu) },
		{ what: `${what}: size of a value`, unit: "bytes", value: bytesPerValue(delivery), ...beside(bytesPerValue) },
	];
}

export const peers: Benchmark = {
	name: "peers",
	title: "Other tools on the same counters",
	async run(effort: Effort) {
		const seconds = pick(effort, 10, 2);
		const before = loadavg()[0]!;
		const runs: PeerRun[] = [];
		for (const peer of compared) for (const rate_hz of peer.rates_hz) runs.push(await runPeer(peer, rate_hz, seconds));
		const own = ({ subject, rate_hz }: PeerRun): Delivery | null =>
			runs.find((run) => run.tool === recordProc.tool && run.subject === subject && run.rate_hz === rate_hz)
				?.delivery ?? null;
		const load: Figure = {
			what: LOAD,
			unit: "",
			value: loadavg()[0]!,
			reference: { what: "before the first", value: before },
			...(getPriority() === 0 ? {} : { note: `every tool started at nice ${getPriority()}` }),
		};
		return { figures: [load, ...runs.flatMap((run) => figuresOf(run, own(run)))], peers: runs };
	},
};
