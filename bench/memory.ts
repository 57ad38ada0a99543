// SPDX-License-Identifier: Apache-2.0
/** Measures the memory of the recorder with about a thousand counters of this machine, and the ticks that it loses. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { packageFile } from "../base/paths.js";
import { formatCount } from "../base/units.js";
import { type Benchmark, type Figure, pick } from "./benchmark.js";
import { inScratch, numbers, withFile } from "./recording.js";

const events = ["vm:*@1kHz", "snmp:*@1kHz", "net:*@1kHz", "synthetic:*/*@1kHz"].flatMap((event) => ["-e", event]);
const LOOK_MS = 100;

const kilobytes = (path: string, name: string): number => {
	const found = new RegExp(`^${name}:\\s*(\\d+) kB$`, "m").exec(readFileSync(path, "utf8"));
	return found ? Number(found[1]) : 0;
};

interface Peak {
	/** The peak of resident memory, as the kernel reports it. */
	readonly rss_mb: number;
	/** The highest proportional set size that was seen: a shared page counts in part. */
	readonly pss_mb: number;
}

async function peakOf(words: readonly string[]): Promise<Peak> {
	const child = spawn(process.execPath, words, { stdio: "ignore" });
	const closed = once(child, "close");
	const folder = `/proc/${child.pid}`;
	let [rss, pss] = [0, 0];
	while (child.exitCode === null && child.signalCode === null) {
		try {
			rss = Math.max(rss, kilobytes(`${folder}/status`, "VmHWM"));
			pss = Math.max(pss, kilobytes(`${folder}/smaps_rollup`, "Pss"));
		} catch {
			break; /* The process has ended. */
		}
		await sleep(LOOK_MS);
	}
	await closed;
	return { rss_mb: rss / 1024, pss_mb: pss / 1024 };
}

export const memory: Benchmark = {
	name: "memory",
	title: "Memory of the recorder with many counters",
	run: (effort) =>
		inScratch(async (path) => {
			const seconds = pick(effort, 60, 5);
			const main = packageFile("dist/cli/main.js");
			const words = ["record", "--force", ...events, "-d", `${seconds}s`, "-o", path];
			const { rss_mb, pss_mb } = await peakOf([main, ...words]);
			const [counters, scheduled, ringFull] = await withFile(path, (file) =>
				numbers(
					file,
					"SELECT sum(counters), max(ticks_scheduled), (SELECT coalesce(sum(ticks), 0) FROM gaps WHERE reason = 'ring_full') FROM streams",
				),
			);
			const what = `${formatCount(counters!, "counter")} at 1 kHz for ${seconds} s`;
			const figures: Figure[] = [
				{ what: `${what}: peak of resident memory`, unit: "MiB", value: rss_mb, goal: { atMost: 250 } },
				{ what: `${what}: peak of proportional set size`, unit: "MiB", value: pss_mb },
				{
					what: `${what}: ticks lost to a full ring`,
					unit: "ticks",
					value: ringFull!,
					goal: { atMost: 0 },
					note: `of ${formatCount(scheduled!)} scheduled in each stream`,
				},
			];
			return { figures };
		}),
};
