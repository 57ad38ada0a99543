// SPDX-License-Identifier: Apache-2.0
/** `perf stat -I`: counts of software events of each CPU, as text. */
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { messageOf } from "../../base/errors.js";
import type { Output, Peer } from "./peer.js";
import { outputOf, run } from "./programs.js";

/** The events that countersink's source perf has under the same names. */
export const EVENTS = ["context-switches", "page-faults", "cpu-migrations"];

/** @param text what `perf stat -A -I MS -x ,` wrote: time, CPU, count, unit, event, ... */
export function parsePerf(text: string): Pick<Output, "delivered" | "counters" | "values"> {
	const times = new Set<string>();
	const counters = new Set<string>();
	let values = 0;
	for (const line of text.split("\n")) {
		const [time, cpu, count, , event] = line.trim().split(",");
		if (!time || !cpu || !event || !/^\d+\.\d+$/.test(time)) continue;
		times.add(time);
		counters.add(`${cpu}/${event}`);
		/* Otherwise "<not counted>" or "<not supported>". */
		if (/^\d+$/.test(count ?? "")) values++;
	}
	return { delivered: times.size, counters: counters.size, values };
}

export const perfStat: Peer = {
	tool: "perf stat -I",
	subject: "perf",
	rates_hz: [10, 100, 1000],
	absence() {
		try {
			const said = outputOf("perf", ["stat", "-a", "-e", EVENTS.join(), "true"]);
			if (said.includes("Performance counter stats")) return null;
			const reason = said.split("\n").find((line) => line !== "" && line !== "Error:");
			return `perf may not count on all CPUs (${reason ?? "it says nothing"}); run the benchmark as root`;
		} catch (error) {
			return `perf does not run (${messageOf(error)}); run 'bash tools/peers.sh' as root`;
		}
	},
	version: () => outputOf("perf", ["--version"]).trim().replace("perf version ", ""),
	async start({ rate_hz, seconds, folder }) {
		const file = join(folder, "perf.csv");
		const words = ["stat", "-a", "-A", "-I", `${1000 / rate_hz}`, "-x", ",", "-o", file, "-e", EVENTS.join()];
		const perf = run("perf", [...words, "sleep", `${seconds}`]);
		return {
			pids: [perf.child.pid!],
			ended: perf.ended,
			stop: async () => {},
			output: () => ({
				...parsePerf(readFileSync(file, "utf8")),
				bytes: statSync(file).size,
				says: perf.said().trim() || null,
			}),
		};
	},
};
