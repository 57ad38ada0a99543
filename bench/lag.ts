// SPDX-License-Identifier: Apache-2.0
/** Measures how long the event loop of the main thread is blocked while a recording runs in the same process. */
import { monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { fromSeconds } from "../base/units.js";
import { type Benchmark, type Figure, pick } from "./benchmark.js";
import { record } from "./recording.js";

/** The lag is the time between two firings of a 1 ms timer, so an idle loop shows a little more than 1 ms. */
const RESOLUTION_MS = 1;

interface Lag {
	readonly p99_ms: number;
	readonly max_ms: number;
}

async function watch(length_s: number): Promise<Lag> {
	const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
	histogram.enable();
	await sleep(length_s * 1000);
	histogram.disable();
	return { p99_ms: histogram.percentile(99) / 1e6, max_ms: histogram.max / 1e6 };
}

export const lag: Benchmark = {
	name: "lag",
	title: "Event loop lag while recording",
	async run(effort) {
		const length_s = pick(effort, 10, 2);
		const idle = await watch(length_s);
		let watching: Promise<Lag> | undefined;
		/* The recording is longer than the watch, so that its start and end, which may block, are not measured. */
		const how = { duration: fromSeconds(length_s + 1), wait: "spin", cpu: effort.cpu } as const;
		await record(["synthetic:[0-3]/*@100kHz"], how, () => {
			watching = watch(length_s);
		});
		const busy = await watching!;
		const figures: Figure[] = [
			{
				what: "event loop lag at 100 kHz x 32 counters, p99",
				unit: "ms",
				value: busy.p99_ms,
				goal: { atMost: 5 },
				reference: { what: "idle process", value: idle.p99_ms },
				note: `timer of ${RESOLUTION_MS} ms, ${length_s} s`,
			},
			{
				what: "event loop lag, longest",
				unit: "ms",
				value: busy.max_ms,
				reference: { what: "idle process", value: idle.max_ms },
			},
		];
		return { figures };
	},
};
