// SPDX-License-Identifier: Apache-2.0
/**
 * Pressure stall information, as psi_show() of kernel/sched/psi.c prints it, for the machine and for a cgroup alike:
 *
 *   some avg10=0.20 avg60=0.41 avg300=0.22 total=9224675
 *   full avg10=0.00 avg60=0.00 avg300=0.00 total=0
 *
 * The kernel adds up the total over all CPUs on every read, so the total is always current. It computes the averages
 * every 2 s (psi_period); in between they do not change. irq has only a "full" line; cpu "full" of the whole machine is
 * always 0.
 */
import type { Counter } from "../source.js";
import type { TextAt } from "./text/positions.js";

const delays: Record<string, string> = {
	cpu: "ready to run but without a CPU",
	memory: "stalled on memory (reclaim, refaults, swap-in)",
	io: "stalled on block I/O",
	irq: "held up by interrupt handling",
};

const who: Record<string, string> = {
	some: "at least one task was",
	full: "no task got on because all that were not idle were",
};

const line = /^(some|full) avg10=[\d.]+ avg60=[\d.]+ avg300=[\d.]+ total=\d+$/;

/** The counters of one pressure file: some_avg10, ... some_total, full_avg10, ... */
export function pressureCounters(
	at: Pick<Counter, "source" | "instance"> & {
		readonly prefix?: string;
		readonly resource: string;
		readonly path: string;
	},
	text: string,
): Counter<TextAt>[] {
	const { source, instance, prefix = "", resource, path } = at;
	return text.split("\n").flatMap((content, index) => {
		const kind = line.exec(content)?.[1];
		if (kind === undefined) return [];
		const stalled = `${who[kind]} ${delays[resource] ?? `stalled on ${resource}`}`;
		const place = { path, line: index, label: `${kind} ` };
		const averages = [10, 60, 300].map(
			(seconds, i): Counter<TextAt> => ({
				source,
				instance,
				name: `${prefix}${kind}_avg${seconds}`,
				unit: "percent",
				semantics: "gauge",
				width: 64,
				type: "f64",
				help: `Share of the last ${seconds} s in which ${stalled}; refreshed every 2 s, so sample the total to see faster.`,
				at: { ...place, field: 2 + 2 * i, kind: "f64" },
			}),
		);
		const total: Counter<TextAt> = {
			source,
			instance,
			name: `${prefix}${kind}_total`,
			unit: "us",
			semantics: "counter",
			width: 64,
			type: "u64",
			help: `Time in which ${stalled}.`,
			at: { ...place, field: 8, kind: "u64" },
		};
		return [...averages, total];
	});
}
