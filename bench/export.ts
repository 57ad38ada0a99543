// SPDX-License-Identifier: Apache-2.0
/** Measures exports: values per second against a bare COPY by DuckDB, the memory of a long export, and the time from
 *  SIGTERM to its end. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { failure } from "../base/errors.js";
import { packageFile } from "../base/paths.js";
import { makeRecording } from "../test/support/made.js";
import { type Benchmark, type Effort, type Figure, pick } from "./benchmark.js";
import { inScratch, withFile } from "./recording.js";

const COLUMNS = 32;
const ASKED_PARQUET = 30;
const ASKED_MB = 500;
const ASKED_END_MS = 2000;
const PERIOD_NS = 1000;

/** Expressions of eight typical counters: rare events, packets, bytes, cycles, instructions, misses, a gauge, a
 *  constant. */
const kinds: readonly ((n: number) => string)[] = [
	() => "t // 5000",
	(n) => `t * 12 + hash(t + ${n}) % 8`,
	(n) => `t * 9000 + hash(t + ${n}) % 1500`,
	(n) => `t * 3000000 + hash(t + ${n}) % 150000`,
	(n) => `t * 4000000 + hash(t + ${n}) % 800000`,
	(n) => `t * 300 + hash(t + ${n}) % 100`,
	(n) => `hash(t + ${n}) % 50`,
	() => "42",
];

async function fill(path: string, columns: number, rows: number): Promise<void> {
	const numbers = Array.from({ length: columns }, (_, n) => n);
	const cells = numbers.map((n) => `(${kinds[n % kinds.length]!(n)})::UBIGINT AS c${n}`);
	await makeRecording(
		path,
		[
			{
				period_ns: PERIOD_NS,
				counters: numbers.map((n) => ({ id: `bench:c${n}`, semantics: n % kinds.length === 6 ? "gauge" : "counter" })),
				rows: `SELECT t AS tick, ${cells.join(", ")} FROM range(${rows}) r(t)`,
				gaps: [],
			},
		],
		/* The end of a recording computes statistics. That takes longer than all the rest, and no export reads them. */
		{ ended: null },
	);
}

/** Runs the command line. Resolves with its duration in seconds and its peak of resident memory in megabytes. */
async function run(words: readonly string[]): Promise<{ seconds: number; megabytes: number }> {
	const begin = performance.now();
	const child = spawn(process.execPath, [packageFile("dist/cli/run.js"), "export", ...words], { stdio: "ignore" });
	let kilobytes = 0;
	const look = setInterval(() => {
		try {
			const [, peak] = /VmHWM:\s*(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, "utf8")) ?? [];
			kilobytes = Math.max(kilobytes, Number(peak ?? 0));
		} catch {
			/* The process has ended. */
		}
	}, 20);
	const [code] = await once(child, "close");
	clearInterval(look);
	if (code !== 0) throw failure(`countersink export ${words.join(" ")} ended with status ${code}`);
	return { seconds: (performance.now() - begin) / 1000, megabytes: kilobytes / 1024 };
}

/** Copies the same table with DuckDB alone, with all threads and memory. Opening the file counts, as for the command
 *  line. */
async function bareCopy(path: string): Promise<number> {
	const begin = performance.now();
	await withFile(path, (connection) =>
		connection.run(`COPY (FROM bench) TO '${path}.bare' (FORMAT parquet, PARQUET_VERSION v2, COMPRESSION zstd)`),
	);
	const seconds = (performance.now() - begin) / 1000;
	rmSync(`${path}.bare`);
	return seconds;
}

async function throughput(effort: Effort): Promise<Figure[]> {
	const rows = pick(effort, 8_000_000, 500_000);
	const values = (rows * COLUMNS) / 1e6;
	return inScratch(async (path) => {
		await fill(path, COLUMNS, rows);
		const reference = { what: "bare COPY to Parquet by DuckDB", value: values / (await bareCopy(path)) };
		const figures: Figure[] = [];
		for (const format of ["parquet", "arrow", "csv", "ndjson"]) {
			const out = `${path}.${format}`;
			const { seconds, megabytes } = await run([path, "-f", format, "-o", out]);
			rmSync(out);
			figures.push({
				what: `${format}, ${COLUMNS} counters`,
				unit: "M values/s",
				value: values / seconds,
				reference,
				note: `${rows.toLocaleString("en-US")} rows, ${megabytes.toFixed(0)} MB at the most`,
				...(format === "parquet" ? { goal: { atLeast: ASKED_PARQUET } } : {}),
			});
		}
		return figures;
	});
}

async function memory(effort: Effort): Promise<Figure[]> {
	const rows = pick(effort, 100_000_000, 5_000_000);
	return inScratch(async (path) => {
		await fill(path, 2, rows);
		const figures: Figure[] = [];
		for (const [what, ...words] of [
			["parquet", "-f", "parquet"],
			["arrow", "-f", "arrow"],
			["rates in buckets of 1 ms, as csv", "-f", "csv", "--as", "rate", "--rate", "1kHz"],
		] as const) {
			const { seconds, megabytes } = await run([path, ...words, "-o", `${path}.out`]);
			rmSync(`${path}.out`);
			figures.push({
				what: `memory: ${what}`,
				unit: "MB",
				value: megabytes,
				goal: { atMost: ASKED_MB },
				note: `${rows.toLocaleString("en-US")} rows, ${seconds.toFixed(1)} s`,
			});
		}
		return figures;
	});
}

/** Times after the start at which the signal is sent: an export does different things one after another. */
const ENDED_AFTER_MS = [100, 500, 1000, 2000];

/** The time from SIGTERM to the end in milliseconds; null when the export was complete before the signal. */
async function ended(words: readonly string[], folder: string, after_ms: number): Promise<number | null> {
	mkdirSync(folder);
	const child = spawn(process.execPath, [packageFile("dist/cli/main.js"), "export", ...words, "-o", `${folder}/out`], {
		stdio: "ignore",
	});
	const closed = once(child, "close");
	while (readdirSync(folder).length === 0) await sleep(5);
	await sleep(after_ms);
	const begin = performance.now();
	child.kill("SIGTERM");
	const [code] = await closed;
	const spent = performance.now() - begin;
	if (code !== 0 && existsSync(folder) && readdirSync(folder).length > 0)
		throw failure(`${words.join(" ")} left something`);
	rmSync(folder, { recursive: true });
	return code === 0 ? null : spent;
}

async function ends(effort: Effort): Promise<Figure[]> {
	const rows = pick(effort, 8_000_000, 2_000_000);
	return inScratch(async (path) => {
		await fill(path, COLUMNS, rows);
		const figures: Figure[] = [];
		for (const [what, ...words] of [
			["parquet", "-f", "parquet"],
			["csv", "-f", "csv"],
			["openmetrics", "-f", "openmetrics"],
			["perfetto", "-f", "perfetto"],
			["rates in buckets, as parquet", "-f", "parquet", "--as", "rate", "--rate", "100kHz"],
			["a dataset", "--partition", "date"],
		] as const) {
			const times: number[] = [];
			for (const after_ms of ENDED_AFTER_MS) {
				const spent = await ended([path, ...words], `${path}.ended`, after_ms);
				if (spent !== null) times.push(spent);
			}
			const value = Math.max(0, ...times);
			const note = `the longest of ${times.length}`;
			figures.push({
				what: `from SIGTERM to the end: ${what}`,
				unit: "ms",
				value,
				goal: { atMost: ASKED_END_MS },
				note,
			});
		}
		return figures;
	});
}

export const exporting: Benchmark = {
	name: "export",
	title: "Export to other formats",
	run: async (effort) => ({
		figures: [...(await throughput(effort)), ...(await memory(effort)), ...(await ends(effort))],
	}),
};
