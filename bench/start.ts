// SPDX-License-Identifier: Apache-2.0
/** Measures the fixed cost of a recording: the time from exec to tick 0, the part of it after the checks, and CPU
 *  time. */
import { spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import { packageFile } from "../base/paths.js";
import { type Benchmark, type Effort, type Figure, pick } from "./benchmark.js";
import { endedChildrenCpu_ms } from "./cpu-time.js";
import { inScratch, numbers, withFile } from "./recording.js";

const main = packageFile("dist/cli/main.js");

const events = [
	{ what: "8 counters", event: "synthetic:0/*@1kHz" },
	{ what: "net:*", event: "net:*@1kHz" },
];

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1]!;

interface Run {
	/** Time from exec to the end of the process. */
	readonly wall_ms: number;
	readonly cpu_ms: number;
	readonly began_ms: number;
}

function run(...words: readonly string[]): Run {
	const [began_ms, cpu] = [Date.now(), endedChildrenCpu_ms()];
	const start = performance.now();
	spawnSync(process.execPath, words, { stdio: "ignore" });
	return { wall_ms: performance.now() - start, cpu_ms: endedChildrenCpu_ms() - cpu, began_ms };
}

/** Records 100 ms and measures the time from exec to tick 0. */
const record = (event: string): Promise<Run & { tick0_ms: number }> =>
	inScratch(async (path) => {
		rmSync(path, { force: true });
		const done = run(main, "record", "-e", event, "-d", "100ms", "-o", path);
		const [started] = await withFile(path, (file) => numbers(file, "SELECT epoch_ns(started_at) FROM recording"));
		return { ...done, tick0_ms: started! / 1e6 - done.began_ms };
	});

async function measure(effort: Effort, { what, event }: (typeof events)[number]): Promise<Figure[]> {
	const runs: (Run & { tick0_ms: number; checks_ms: number })[] = [];
	for (let round = 0; round < pick(effort, 21, 3); round++) {
		const recorded = await record(event);
		/* The second event is refused by the last check, so this run ends where the first one starts to sample. */
		const refused = run(main, "record", "-e", event, "-e", "vm:*@1MHz", "-d", "100ms", "-o", "/nonexistent/x");
		runs.push({ ...recorded, checks_ms: refused.wall_ms });
	}
	const bare = run("-e", "0");
	const of = (value: (run: (typeof runs)[number]) => number): number => median(runs.map(value));
	const node = (value: number) => ({ what: "node -e 0", value });
	return [
		{
			what: `${what}: from exec to tick 0 (median of ${runs.length})`,
			unit: "ms",
			value: of((r) => r.tick0_ms),
			goal: { atMost: 700 },
			reference: node(bare.wall_ms),
		},
		{
			what: `${what}: of which after the checks`,
			unit: "ms",
			value: of((r) => r.tick0_ms - r.checks_ms),
			goal: { atMost: 200 },
			note: "the rest is the time of a recording that the checks refuse",
		},
		{
			what: `${what}: CPU time of a whole record -d 100ms, sampler and all`,
			unit: "ms",
			value: of((r) => r.cpu_ms),
			goal: { atMost: 600 },
			reference: node(bare.cpu_ms),
		},
	];
}

export const start: Benchmark = {
	name: "start",
	title: "How soon a recording begins",
	async run(effort) {
		const figures: Figure[] = [];
		for (const each of events) figures.push(...(await measure(effort, each)));
		return { figures };
	},
};
