// SPDX-License-Identifier: Apache-2.0
/** Measures the time from SIGTERM to the end of `record`, also when the sampler, a read or a reader of its output
 *  hangs. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { packageFile } from "../base/paths.js";
import { childrenOf, nameOf, until } from "../test/support/processes.js";
import { type Benchmark, type Figure, pick } from "./benchmark.js";
import { median } from "./statistics.js";

interface Case {
	readonly what: string;
	readonly words: readonly string[];
	readonly before?: (sampler: number) => void;
}

const deaf = ["--", "bash", "-c", "trap '' TERM; while :; do sleep 0.1; done"];
const cases: readonly Case[] = [
	{ what: "nothing hangs, 100 kHz", words: ["-e", "synthetic:0/*@100kHz"] },
	{
		what: "the sampler is stopped",
		words: ["-e", "synthetic:0/*@1kHz"],
		before: (sampler) => process.kill(sampler, "SIGSTOP"),
	},
	{ what: "a read hangs", words: ["-e", "synthetic:0/*?slow=100:300s@1kHz"] },
	{ what: "the command ignores SIGTERM", words: ["-e", "synthetic:0/*@1kHz", ...deaf] },
	{ what: "nobody reads -o -", words: ["-o", "-", "-e", "synthetic:0/*@100kHz"] },
];

const samplerOf = (child: ChildProcess): number | undefined =>
	childrenOf(child.pid!).find((pid) => nameOf(pid) === "countersink-sam");

/** Returns the time from the signal to the end in seconds. */
async function endOnce(path: string, { words, before }: Case): Promise<number> {
	const output = words.includes("-o") ? [] : ["-o", path];
	const child = spawn(process.execPath, [packageFile("dist/cli/main.js"), "record", "--force", ...output, ...words], {
		stdio: ["ignore", "pipe", "ignore"],
	});
	await until("it records", () => samplerOf(child) !== undefined && (output.length === 0 || existsSync(`${path}.wal`)));
	await sleep(1500);
	before?.(samplerOf(child)!);
	const ended = once(child, "exit");
	const begin = performance.now();
	child.kill("SIGTERM");
	await ended;
	return (performance.now() - begin) / 1e3;
}

async function measure(folder: string, one: Case, rounds: number): Promise<Figure> {
	const took: number[] = [];
	for (let round = 0; round < rounds; round++) {
		const path = join(folder, `${round}.duckdb`);
		took.push(await endOnce(path, one));
		rmSync(path, { force: true });
	}
	return {
		what: `record after SIGTERM, ${one.what}: longest`,
		unit: "s",
		value: Math.max(...took),
		goal: { atMost: 3 },
		note: `median ${median(took).toFixed(2)} s of ${rounds}`,
	};
}

export const ending: Benchmark = {
	name: "ending",
	title: "How long a recording takes to end",
	async run(effort) {
		const folder = mkdtempSync(join(tmpdir(), "countersink-ending-"));
		const figures: Figure[] = [];
		try {
			for (const one of cases) figures.push(await measure(folder, one, pick(effort, 11, 2)));
		} finally {
			rmSync(folder, { recursive: true, force: true });
		}
		return { figures };
	},
};
