// SPDX-License-Identifier: Apache-2.0
/** Runs the benchmark programs in C: native/spin_bench.c, native/ring_bench.c and native/drain_bench.c. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { failure } from "../base/errors.js";
import { packageFile } from "../base/paths.js";

/** Runs a benchmark program and returns the words of each line that it prints. */
async function run(program: string, ...args: (string | number)[]): Promise<string[][]> {
	const path = packageFile(`build/native/release/${program}`);
	try {
		const { stdout } = await promisify(execFile)(path, args.map(String));
		return stdout
			.trim()
			.split("\n")
			.map((line) => line.split(" "));
	} catch (error) {
		throw failure(`${program} ${args.join(" ")} failed; build it with 'make -C sampler/native benches'`, error);
	}
}

/** What a bare loop reaches on a schedule. */
export interface Bare {
	readonly scheduled: number;
	readonly taken: number;
	readonly cpu_ns: number;
	readonly p50_ns: number;
	readonly p99_ns: number;
	readonly max_ns: number;
}

export async function bareLoop(
	wait: "spin" | "sleep",
	period_ns: number,
	duration_ns: number,
	cpu: number,
): Promise<Bare> {
	const [line] = await run("spin_bench", wait, period_ns, duration_ns, cpu);
	const [scheduled, taken, cpu_ns, p50_ns, p99_ns, max_ns] = line!.map(Number);
	return {
		scheduled: scheduled!,
		taken: taken!,
		cpu_ns: cpu_ns!,
		p50_ns: p50_ns!,
		p99_ns: p99_ns!,
		max_ns: max_ns!,
	};
}

/** Rows per second of each round. */
export interface RingRounds {
	readonly ring: readonly number[];
	readonly memcpy: readonly number[];
	/** How often the ring was full in all rounds. */
	readonly full: number;
}

export async function ringRounds(
	columns: number,
	ringMiB: number,
	round_ms: number,
	rounds: number,
	cpu: number,
): Promise<RingRounds> {
	const lines = await run("ring_bench", columns, ringMiB, round_ms, rounds, cpu);
	const rates = (kind: string): number[] =>
		lines.filter((line) => line[0] === kind).map(([, rows, ns]) => (Number(rows) * 1e9) / Number(ns));
	return { ring: rates("ring"), memcpy: rates("memcpy"), full: lines.reduce((n, line) => n + Number(line[3]), 0) };
}

/** Records per second of each round. */
export interface DrainRounds {
	readonly drain: readonly number[];
	readonly swap: readonly number[];
}

export async function drainRounds(counters: number, round_ms: number, rounds: number): Promise<DrainRounds> {
	const lines = await run("drain_bench", counters, round_ms, rounds);
	const rates = (kind: string): number[] =>
		lines.filter((line) => line[0] === kind).map(([, records, ns]) => (Number(records) * 1e9) / Number(ns));
	return { drain: rates("drain"), swap: rates("swap") };
}
