// SPDX-License-Identifier: Apache-2.0
/** The sampler process: started with a plan and a umem as inherited descriptors, watched through shared words. */
import { type ChildProcess, spawn } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { CountersinkError, failure } from "../base/errors.js";
import { samplerBinary } from "../base/paths.js";
import { grant, samplerState, word } from "./layout.gen.js";
import type { Umem } from "./umem.js";

export interface SamplerExit {
	readonly code: number | null;
	readonly signal: NodeJS.Signals | null;
	/** What it wrote to stderr. */
	readonly message: string;
}

export interface Grants {
	readonly realtime: boolean;
	readonly locked: boolean;
	readonly nice: boolean;
	readonly pinned: boolean;
}

const POLL_MS = 1;
/** How long a sampler that was asked to stop may take before it is killed. */
const STOP_PATIENCE_MS = 5000;

export class Sampler {
	readonly #process: ChildProcess;
	readonly #umem: Umem;
	readonly exited: Promise<SamplerExit>;
	#ended = false;

	private constructor(child: ChildProcess, umem: Umem) {
		this.#process = child;
		this.#umem = umem;
		const message: Buffer[] = [];
		child.stderr?.on("data", (chunk: Buffer) => message.push(chunk));
		this.exited = new Promise((resolve, reject) => {
			child.on("error", (error) => reject(failure(`the sampler ${samplerBinary()} does not start: ${error.message}`)));
			child.on("close", (code, signal) => {
				this.#ended = true;
				resolve({ code, signal, message: Buffer.concat(message).toString().trim() });
			});
		});
		this.exited.catch(() => {
			this.#ended = true;
		});
	}

	/** Spawns the sampler and waits until its schedule runs (or, with a probe, until it has ended). */
	static async start(plan: string, umem: Umem): Promise<Sampler> {
		const binary = samplerBinary();
		try {
			accessSync(binary, constants.X_OK);
		} catch {
			throw failure(
				`the sampler binary ${binary} is missing or not executable; run 'npm run build' (needs gcc and make)`,
			);
		}
		const child = spawn(binary, [], { stdio: ["ignore", "ignore", "pipe", "pipe", umem.fd] });
		const sampler = new Sampler(child, umem);
		const planPipe = child.stdio[3] as NodeJS.WritableStream;
		planPipe.on("error", () => {}); // The sampler that did not read its plan says why on stderr.
		planPipe.end(plan);
		await sampler.#ready();
		return sampler;
	}

	async #ready(): Promise<void> {
		while (this.state === samplerState.STATE_STARTING && !this.#ended) await sleep(POLL_MS);
		if (this.state === samplerState.STATE_STARTING || this.state === samplerState.STATE_FAILED)
			throw await this.#refused();
	}

	async #refused(): Promise<CountersinkError> {
		const { code, signal, message } = await this.exited;
		const why = message.replace(/^countersink-sampler: /, "") || `it ended with ${signal ?? `status ${code}`}`;
		return new CountersinkError(code === 4 ? "unavailable" : "failed", `the sampler cannot start: ${why}`);
	}

	get pid(): number {
		return this.#process.pid!;
	}

	get state(): number {
		return Number(this.#umem.control(word.control_state));
	}

	/** CLOCK_MONOTONIC of tick 0 of every stream. */
	get start_ns(): bigint {
		return this.#umem.control(word.control_start_ns);
	}

	/** CPU time of all threads of the sampler so far; refreshed every 20 ms. */
	get cpu_ns(): number {
		return Number(this.#umem.control(word.control_cpu_ns));
	}

	get grants(): Grants {
		const bits = Number(this.#umem.control(word.control_granted));
		const has = (bit: number): boolean => (bits & (1 << bit)) !== 0;
		return {
			realtime: has(grant.GRANT_REALTIME),
			locked: has(grant.GRANT_LOCKED),
			nice: has(grant.GRANT_NICE),
			pinned: has(grant.GRANT_PINNED),
		};
	}

	/** Ends the schedule now; resolves when the sampler has accounted for every tick and gone. */
	async stop(): Promise<SamplerExit> {
		this.#umem.requestStop();
		const timer = setTimeout(() => this.#process.kill("SIGKILL"), STOP_PATIENCE_MS);
		try {
			return await this.exited;
		} finally {
			clearTimeout(timer);
		}
	}
}
