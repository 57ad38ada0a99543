// SPDX-License-Identifier: Apache-2.0
/**
 * npm run bench -- [NAME...] [--quick] [--cpu N] [--source NAME]...: runs benchmarks, each in its own process, prints
 * the figures and their goals, and adds full runs to bench/results. The exit status is 1 when a goal was missed.
 */
import { execFileSync, fork } from "node:child_process";
import { parseArgs } from "node:util";
import { allowedCpus } from "../base/affinity.js";
import { failure, messageOf, usageError } from "../base/errors.js";
import { packageFile } from "../base/paths.js";
import { type Benchmark, type Effort, judge, type Outcome } from "./benchmark.js";
import { device } from "./device.js";
import { ending } from "./ending.js";
import { endurance } from "./endurance.js";
import { events } from "./events.js";
import { exporting } from "./export.js";
import { commitId, describeHost } from "./host.js";
import { hybrid } from "./hybrid.js";
import { ingest } from "./ingest.js";
import { kills } from "./kills.js";
import { lag } from "./lag.js";
import { live } from "./live.js";
import { memory } from "./memory.js";
import { overhead } from "./overhead.js";
import { peers } from "./peers/peers.js";
import { perfettoExport } from "./perfetto.js";
import { queries } from "./queries.js";
import { figureLines } from "./report.js";
import { type Entry, writeResults } from "./results.js";
import { ring } from "./ring.js";
import { size } from "./size.js";
import { start } from "./start.js";
import { ticks } from "./ticks.js";
import { whole } from "./whole.js";

const benchmarks: readonly Benchmark[] = [
	ticks,
	hybrid,
	ring,
	device,
	ingest,
	endurance,
	size,
	lag,
	overhead,
	live,
	kills,
	ending,
	queries,
	events,
	exporting,
	perfettoExport,
	start,
	memory,
	whole,
	peers,
];

function find(name: string): Benchmark {
	const found = benchmarks.find((benchmark) => benchmark.name === name);
	if (!found) throw usageError(`there is no benchmark '${name}'; they are ${benchmarks.map((b) => b.name).join(", ")}`);
	return found;
}

const argumentsOf = ({ quick, cpu, sources }: Effort): string[] => [
	...(quick ? ["--quick"] : []),
	`--cpu=${cpu}`,
	...sources.map((source) => `--source=${source}`),
];

/** Runs a benchmark in its own process, so that it does not inherit the heap, the threads or the CPU frequency of
 *  another. */
function isolated(name: string, effort: Effort): Promise<Outcome> {
	return new Promise((resolve, reject) => {
		const child = fork(new URL(import.meta.url), [...argumentsOf(effort), `--child=${name}`]);
		let outcome: Outcome | undefined;
		child.on("message", (message) => {
			outcome = message as Outcome;
		});
		child.on("error", reject);
		child.on("exit", (code, signal) =>
			outcome ? resolve(outcome) : reject(failure(`benchmark ${name} ended with ${signal ?? `status ${code}`}`)),
		);
	});
}

async function runAll(names: readonly string[], effort: Effort): Promise<void> {
	const host = describeHost();
	const chosen = names.length ? names.map(find) : benchmarks;
	const commit = commitId();
	console.log(
		`${host.cpu}, ${host.cores} CPUs, kernel ${host.kernel}, virtualisation: ${host.virtualisation}, Node ${host.node}, commit ${commit}`,
	);
	execFileSync("make", ["-s", "-C", packageFile("sampler/native"), "benches"], { stdio: "inherit" });
	const entries: Entry[] = [];
	for (const { name, title } of chosen) {
		const outcome = await isolated(name, effort);
		console.log([`${title} (${name})`, ...figureLines(outcome.figures)].join("\n"));
		const command = ["npm run bench --", name, ...argumentsOf(effort)].join(" ");
		entries.push({ name, title, at: new Date().toISOString(), commit, command, ...outcome });
		if (outcome.figures.some((figure) => judge(figure) === "MISS")) process.exitCode = 1;
		/* Written after each benchmark, so that an interrupted run keeps what it has measured. */
		if (!effort.quick) writeResults(host, entries);
	}
	console.log(
		effort.quick ? "quick: nothing is written down" : `written to ${writeResults(host, entries)}.md and .json`,
	);
}

try {
	const { values, positionals } = parseArgs({
		allowPositionals: true,
		options: {
			quick: { type: "boolean", default: false },
			cpu: { type: "string" },
			source: { type: "string", multiple: true, default: [] },
			child: { type: "string" },
		},
	});
	const cpu = values.cpu === undefined ? (allowedCpus().at(-1) ?? -1) : Number(values.cpu);
	const effort = { quick: values.quick, cpu, sources: values.source };
	if (values.child) process.send!(await find(values.child).run(effort), () => process.disconnect());
	else await runAll(positionals, effort);
} catch (error) {
	console.error(`bench: ${messageOf(error)}`);
	process.exitCode = 1;
}
