// SPDX-License-Identifier: Apache-2.0
/** `countersink record` with its defaults, once on the counters of PCP and once on those of perf. */
import { statSync } from "node:fs";
import { join } from "node:path";
import { failure } from "../../base/errors.js";
import { packageFile } from "../../base/paths.js";
import { commitId } from "../host.js";
import { sum } from "../statistics.js";
import type { Output, Peer } from "./peer.js";
import { EVENTS } from "./perf-stat-peer.js";
import { run } from "./programs.js";

const number = (text: string): number => Number(text.replaceAll(",", ""));

/** @param text the summary of `record`: a line for each stream */
export function parseSummary(text: string): Pick<Output, "delivered" | "counters" | "values" | "says"> {
	const streams = [...text.matchAll(/^ {2}(\w+): ([\d,]+) counters? at .*?, (([\d,]+) of [\d,]+ ticks stored.*)$/gm)];
	if (streams.length === 0) throw failure(`the summary of record has no stream: ${text.trim()}`);
	const parsed = streams.map(([, name, counters, says, stored]) => ({
		name: name!,
		counters: number(counters!),
		stored: number(stored!),
		says: says!,
	}));
	const told = [...new Set(parsed.map(({ says }) => says))].map((says) => {
		const names = parsed.filter((stream) => stream.says === says).map(({ name }) => name);
		return `${names.join(", ")}: ${says}`;
	});
	return {
		/* Each stream has a schedule of its own; the one that lost most counts. */
		delivered: Math.min(...parsed.map(({ stored }) => stored)),
		counters: sum(parsed.map(({ counters }) => counters)),
		values: sum(parsed.map(({ counters, stored }) => counters * stored)),
		says: told.join("; "),
	};
}

const record = (subject: Peer["subject"], events: readonly string[]): Peer => ({
	tool: "countersink record",
	subject,
	rates_hz: [10, 100, 1000],
	absence: () => null,
	version: commitId,
	async start({ rate_hz, seconds, folder }) {
		const file = join(folder, "record.duckdb");
		const selection = events.flatMap((event) => ["-e", `${event}@${rate_hz}Hz`]);
		const words = [packageFile("dist/cli/main.js"), "record", ...selection, "-d", `${seconds}s`, "-o", file];
		const program = run(process.execPath, words);
		return {
			pids: [program.child.pid!],
			ended: program.ended,
			stop: async () => {},
			output: () => ({ ...parseSummary(program.said()), bytes: statSync(file).size }),
		};
	},
});

export const recordProc = record("proc", ["net:*", "vm:*", "cpu:*", "softirq:*"]);
export const recordPerf = record(
	"perf",
	EVENTS.map((event) => `perf:cpu*/${event}`),
);
