// SPDX-License-Identifier: Apache-2.0
/**
 * Recordings that are killed at random moments, the recorder or its samplers, with and without commands: what a commit has
 * acknowledged is in the file, what was due a second before is accounted for, nothing is left, and `recover` makes each whole.
 * COUNTERSINK_KILLS is their number.
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
/** With no descriptor of ours, and of a length that ends by itself should we not. */
const command = ["sh", "-c", "exec sleep 60 <&- >&- 2>&-"];

const random = (below: number): number => Math.random() * below;

interface Found {
	/** Recordings by what was killed, and those that were killed before there was one. */
	recorder: number;
	samplers: number;
	early: number;
	/** Ticks that a commit or a ring had, and the file has not. */
	lost: number;
	/** Processes and files that nobody should find. */
	left: number;
	/** That do not add up, or whose cells are wrong, also after they were recovered. */
	wrong: string[];
	/** How long before the kill the first tick was due that the file knows nothing of. */
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
			/* A round that fails leaves no recorder to the rest. */
			this.#child.child.kill("SIGKILL");
		}
		await until("no command begins", () => !this.#child.outlived().some((pid) => nameOf(pid) === "sh"));
		await this.#endCommands();
		await this.#countLeftovers();
	}

	/** On a loaded machine it takes a while until all of them run. */
	async #running(): Promise<void> {
		for (let tries = 10; ; tries--)
			try {
				return await this.#child.running();
			} catch (error) {
				if (tries === 1 || this.#child.said("failed").length > 0) throw error;
			}
	}

	async #killRecorder(): Promise<void> {
		/* Some while it still begins. */
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
				/* Numbers are given again. */
				if (sampler && isRunning(sampler)) process.kill(pid, "SIGKILL");
			}),
		);
		await until("the samplers are dead", () => samplers.every(isGone));
		/* Nobody gives the memory back as long as we hold it. */
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

	/** But for commands that outlive a killed recorder: the recording says so, where it had come to a commit. */
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

/** Whether the start was committed. */
const hasBegun = (path: string): Promise<boolean> =>
	withFile(path, async (file) => (await file.rows("FROM recording WHERE started_at IS NOT NULL")).length === 1).catch(
		() => false,
	);

/** Rows of the first stream that a sampler has published, as its ring says. */
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
			note: `${recorder} by their recorder, ${early} of them before they had begun, ${samplers} by their sampler`,
		},
		none("committed or published rows that the file has not", "rows", lost),
		none("recordings that do not add up, hold a wrong cell, or cannot be recovered", "", wrong.length),
		none("processes and files left behind", "", left),
		{
			what: "oldest tick before the kill that the file knows nothing of",
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
