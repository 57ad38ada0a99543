// SPDX-License-Identifier: Apache-2.0
/**
 * Kills recorders or their samplers at random moments, with and without wrapped commands. Then four things must hold:
 * the file has every row that a commit acknowledged; ticks that were due more than a second before the kill are
 * accounted for; no process and no file is left behind; `recover` makes each recording whole. COUNTERSINK_KILLS is the
 * number of recordings.
 */
import { closeSync, mkdtempSync, openSync, readdirSync, readSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { monotonicNow } from "../base/clock.js";
import { CountersinkError } from "../base/errors.js";
import { isRunning, processId } from "../base/process.js";
import { prelude } from "../queries/prelude.js";
import { layout, word } from "../sampler/layout.gen.js";
import { recover } from "../storage/recover.js";
import { judgeFile, withFile } from "../test/support/judge.js";
import { isGone, nameOf, until } from "../test/support/processes.js";
import { RecordingChild } from "../test/support/recording-child.js";
import { type Benchmark, type Figure, pick } from "./benchmark.js";
import { quantile } from "./statistics.js";

const EACH = 4;
const AT_A_TIME = 2;
const LONGEST_MS = 2000;
const loads = [
	["synthetic:0/*@1kHz"],
	["synthetic:0/*@20kHz"],
	["synthetic@100Hz"],
	["synthetic:1/*?error=40:5@5kHz", "synthetic:2/*@100Hz"],
	["synthetic:0/{ramp,drop}@100kHz"],
	["synthetic:3/*?slow=50:4ms@2kHz"],
];
/** The command has none of our descriptors, and ends by itself if we do not end it. */
const command = ["sh", "-c", "exec sleep 60 <&- >&- 2>&-"];

const random = (below: number): number => Math.random() * below;

interface Found {
	/** Number of recordings by what was killed, and number of those that were killed before the recording had started. */
	recorder: number;
	samplers: number;
	early: number;
	/** Rows that a commit acknowledged or a ring held, and that the file does not have. */
	lost: number;
	/** Processes and files that were left behind. */
	left: number;
	/** Recordings that do not add up or have wrong cells, before or after they were recovered. */
	wrong: string[];
	/** For each stream, the time from the deadline of the first tick that is not accounted for to the kill. */
	readonly ages_ms: number[];
}

class Round {
	readonly #found: Found;
	readonly #child: RecordingChild;

	constructor(folder: string, number: number, found: Found) {
		this.#found = found;
		this.#child = new RecordingChild(
			Array.from({ length: EACH }, (_, i) => ({
				path: join(folder, `${number}-${i}.duckdb`),
				events: loads[(number * EACH + i) % loads.length]!,
				depth_ns: 4e9,
				...(i % 2 ? { command } : {}),
			})),
		);
	}

	async run(): Promise<void> {
		try {
			if (Math.random() < 0.6) await this.#killRecorder();
			else await this.#killSamplers();
		} finally {
			/* A round that fails must not leave its recorder to the other rounds. */
			this.#child.child.kill("SIGKILL");
		}
		await until("no command begins", () => !this.#child.outlived().some((pid) => nameOf(pid) === "sh"));
		await this.#endCommands();
		await this.#countLeftovers();
	}

	/** Waits until all recordings run, which takes long on a loaded machine. */
	async #running(): Promise<void> {
		for (let tries = 10; ; tries--)
			try {
				return await this.#child.running();
			} catch (error) {
				if (tries === 1 || this.#child.said("failed").length > 0) throw error;
			}
	}

	async #killRecorder(): Promise<void> {
		/* Some are killed while they start. */
		if (Math.random() < 0.9) await this.#running();
		await sleep(random(LONGEST_MS));
		const killed_ns = monotonicNow();
		await this.#child.kill();
		for (const [n, { path }] of this.#child.wanted.entries())
			await this.#judged(path, () => this.#judgeKilled(n, path, killed_ns));
		this.#found.recorder += EACH;
	}

	async #judged(path: string, judge: () => Promise<void>): Promise<void> {
		try {
			await judge();
		} catch (error) {
			this.#found.wrong.push(`${path}: ${error instanceof Error ? error.message : error}`);
		}
	}

	async #judgeKilled(n: number, path: string, killed_ns: bigint): Promise<void> {
		const [running] = this.#child.said("running", n);
		if (!running || !(await hasBegun(path))) {
			this.#found.early++;
			if (running) this.#found.ages_ms.push(Number(killed_ns) / 1e6 - running.at_ms);
			return;
		}
		const { streams } = await judgeFile(path);
		for (const [stream, { rows }] of Object.entries(streams))
			this.#found.lost += Math.max(0, this.#child.acknowledged(n, stream) - rows);
		await withFile(path, async (file) => {
			const known =
				await file.rows(`SELECT start_monotonic_ns + coalesce((SELECT max(ticks_accounted) FROM sampler_stats s WHERE s.stream = streams.name), 0)
				* period_ns::HUGEINT AS until FROM streams, recording`);
			for (const { until: known_ns } of known)
				this.#found.ages_ms.push(Math.max(0, Number(killed_ns - BigInt(known_ns as bigint)) / 1e6));
		});
		await recover({ path, output: null, overwrite: false, clean: false, macros: prelude() });
		if ((await judgeFile(path)).ended !== "recovered") throw new Error("it is not recovered");
	}

	async #killSamplers(): Promise<void> {
		await this.#running();
		const samplers = this.#child
			.said("running")
			.sort((a, b) => a.n - b.n)
			.map(({ sampler }) => sampler);
		const umems = samplers.map((pid) => openSync(`/proc/${pid}/fd/4`, "r"));
		await Promise.all(
			samplers.map(async (pid) => {
				const sampler = processId(pid);
				await sleep(random(LONGEST_MS));
				/* The kernel may have given the number to another process. */
				if (sampler && isRunning(sampler)) process.kill(pid, "SIGKILL");
			}),
		);
		await until("the samplers are dead", () => samplers.every(isGone));
		/* The open descriptors keep the memory of the rings. */
		const rows = umems.map(published);
		for (const umem of umems) closeSync(umem);
		await this.#child.closed();
		for (const [n, { path }] of this.#child.wanted.entries())
			await this.#judged(path, async () => {
				const { ended, streams } = await judgeFile(path);
				if (ended !== "sampler_killed") throw new Error(`it ended as ${ended}`);
				this.#found.lost += Math.max(0, rows[n]! - Object.values(streams)[0]!.rows);
			});
		this.#found.samplers += EACH;
	}

	/** Ends commands that outlive a killed recorder. The recording says that its command was left, if it had committed
	 *  once. */
	async #endCommands(): Promise<void> {
		for (const pid of this.#child.outlived())
			if (nameOf(pid) === "sleep") {
				process.kill(pid, "SIGKILL");
				await until("the command is dead", () => isGone(pid));
			}
	}

	async #countLeftovers(): Promise<void> {
		await this.#child.leavesNothing().catch(() => {
			this.#found.left += this.#child.outlived().length;
		});
	}
}

/** Whether the start of the recording was committed. */
const hasBegun = (path: string): Promise<boolean> =>
	withFile(path, async (file) => (await file.rows("FROM recording WHERE started_at IS NOT NULL")).length === 1).catch(
		() => false,
	);

/** The number of rows of the first stream that the sampler published, from its ring. */
function published(umem: number): number {
	const bytes = new BigUint64Array(1);
	readSync(umem, bytes, 0, 8, layout.UMEM_CONTROL_BYTES + word.ring_rows_published);
	return Number(bytes[0]);
}

function figuresOf(found: Found): Figure[] {
	const { recorder, samplers, early, lost, left, wrong, ages_ms } = found;
	const age = (q: number): number => (ages_ms.length === 0 ? 0 : quantile(ages_ms, q));
	const none = (what: string, unit: string, value: number): Figure => ({ what, unit, value, goal: { atMost: 0 } });
	return [
		{
			what: "recordings killed",
			unit: "",
			value: recorder + samplers,
			note: `the recorder of ${recorder}, ${early} of them before they had started, and the sampler of ${samplers}`,
		},
		none("committed or published rows that the file does not have", "rows", lost),
		none("recordings that do not add up, have a wrong cell, or cannot be recovered", "", wrong.length),
		none("processes and files left behind", "", left),
		{
			what: "longest time from a tick that is not accounted for to the kill",
			unit: "ms",
			value: age(1),
			goal: { atMost: 1000 },
			note: `median ${age(0.5).toFixed(0)} ms, p99 ${age(0.99).toFixed(0)} ms, of ${ages_ms.length} streams`,
		},
	];
}

export const kills: Benchmark = {
	name: "kills",
	title: "Recordings killed at random moments",
	async run(effort) {
		const total = Number(process.env.COUNTERSINK_KILLS ?? pick(effort, 500, 20));
		const folder = mkdtempSync(join(tmpdir(), "countersink-kills-"));
		const found: Found = { recorder: 0, samplers: 0, early: 0, lost: 0, left: 0, wrong: [], ages_ms: [] };
		try {
			const rounds = Array.from({ length: Math.ceil(total / EACH) }, (_, number) => number);
			const lane = async (): Promise<void> => {
				for (let number = rounds.shift(); number !== undefined; number = rounds.shift())
					await new Round(folder, number, found).run().catch((error) => {
						if (error instanceof CountersinkError) throw error;
						found.wrong.push(String(error));
						console.error(`round ${number}: ${error}`);
					});
			};
			await Promise.all(Array.from({ length: AT_A_TIME }, lane));
			found.left += readdirSync(folder).filter((name) => !/^\d+-\d\.duckdb(\.wal)?$/.test(name)).length;
		} finally {
			rmSync(folder, { recursive: true, force: true });
		}
		for (const sentence of found.wrong) console.error(sentence);
		return { figures: figuresOf(found) };
	},
};
