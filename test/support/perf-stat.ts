// SPDX-License-Identifier: Apache-2.0
/** The perf tool as an independent reading of the same counters. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import type { Readable, Writable } from "node:stream";

/** Counts at least from start() to stop(): perf says when its counters run. */
export class PerfStat {
	readonly #process: ChildProcess;
	#report = "";

	private constructor(child: ChildProcess) {
		this.#process = child;
		child.stderr!.on("data", (chunk: Buffer) => {
			this.#report += chunk;
		});
	}

	/** @param args arguments for target and events, as in ["-A", "-C", "0,1", "-e", "page-faults"] */
	static async start(args: readonly string[]): Promise<PerfStat> {
		const child = spawn("perf", ["stat", "-x", ",", "-D", "-1", "--control", "fd:3,4", ...args], {
			stdio: ["ignore", "ignore", "pipe", "pipe", "pipe"],
		});
		const stat = new PerfStat(child);
		const acknowledged = once(child.stdio[4] as Readable, "data");
		(child.stdio[3] as Writable).write("enable\n");
		await Promise.race([
			acknowledged,
			once(child, "close").then(() => {
				throw new Error(`perf stat ${args.join(" ")} ended: ${stat.#report}`);
			}),
		]);
		return stat;
	}

	/** Counts by event, or by "CPU0/event" with -A. An event that perf calls not counted has not happened. */
	async stop(): Promise<Map<string, bigint>> {
		const closed = once(this.#process, "close");
		this.#process.kill("SIGINT");
		await closed;
		const rows = this.#report.split("\n").flatMap((line) => {
			const [, cpu, value, event] = /^(?:(CPU\d+),)?(\d+|<not counted>),[^,]*,([^,]+),/.exec(line) ?? [];
			if (value === undefined) return [];
			return [[cpu ? `${cpu}/${event}` : event!, BigInt(value.startsWith("<") ? 0 : value)] as const];
		});
		return new Map(rows);
	}
}
