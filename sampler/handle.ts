// SPDX-License-Identifier: Apache-2.0
/** The sampler process. It inherits its plan and the umem as file descriptors, and is watched through shared words. */
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
	/** The text that the sampler wrote to stderr. */
	readonly message: string;
}

export interface Grants {
	readonly realtime: boolean;
	readonly locked: boolean;
	readonly nice: boolean;
	readonly pinned: boolean;
}

const POLL_MS = 1;
/** How long a sampler that was asked to stop may take before it is killed; it looks every 20 ms. */
const STOP_PATIENCE_MS = 1500;
/** How long to wait for a sampler that was killed. It dies at once, unless the kernel holds it (in a read from a file
 *  system that hangs). */
const KILL_PATIENCE_MS = 700;

export class Sampler {
	readonly #process: ChildProcess;
	readonly #umem: Umem;
	/** Resolves when the process has exited. After stop() it also resolves when the kernel still holds the killed
	 *  process. */
	readonly exited: Promise<SamplerExit>;
	#ended = false;
	#give: (exit: SamplerExit) => void = () => {};
	#stopping: Promise<SamplerExit> | null = null;
	/** Why this process killed the sampler; null: it did not. */
	#verdict: string | null = null;

	private constructor(child: ChildProcess, umem: Umem) {
		this.#process = child;
		this.#umem = umem;
		const message: Buffer[] = [];
		child.stderr?.on("data", (chunk: Buffer) => message.push(chunk));
		this.exited = new Promise((resolve, reject) => {
			this.#give = resolve;
			child.on("error", (error) => reject(failure(`the sampler ${samplerBinary()} does not start: ${error.message}`)));
			child.on("close", (code, signal) => {
				this.#ended = true;
				resolve({ code, signal, message: this.#verdict ?? Buffer.concat(message).toString().trim() });
			});
		});
		this.exited.catch(() => {
			this.#ended = true;
		});
	}

	/** Spawns the sampler and waits until its schedule runs (or, with a probe, until it has ended).
	 *  @param signal ends the wait: a sampler that has not started by then is killed */
	static async start(plan: string, umem: Umem, signal?: AbortSignal): Promise<Sampler> {
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
		planPipe.on("error", () => {}); // A sampler that does not read its plan says why on stderr.
		planPipe.end(plan);
		const end = (): void => void sampler.stop();
		if (signal?.aborted) end();
		signal?.addEventListener("abort", end);
		try {
			await sampler.#ready();
		} finally {
			signal?.removeEventListener("abort", end);
		}
		return sampler;
	}

	async #ready(): Promise<void> {
		while (this.state === samplerState.STATE_STARTING && !this.#ended) await sleep(POLL_MS);
		if (this.state === samplerState.STATE_STARTING || this.state === samplerState.STATE_FAILED)
			throw await this.#refused();
	}

	async #refused(): Promise<CountersinkError> {
		const { code, signal, message } = await this.exited;
		if (this.#verdict !== null)
			throw failure(`nothing was recorded: the sampler had not started when it was asked to stop, and ${message}`);
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

	/** Ends the schedule now. Resolves when the sampler has accounted for every tick and has exited. A sampler that does
	 *  not answer is killed. One that the kernel holds even then is left to the kernel: it never runs again. */
	stop(): Promise<SamplerExit> {
		this.#stopping ??= this.#stop();
		return this.#stopping;
	}

	async #stop(): Promise<SamplerExit> {
		this.#umem.requestStop();
		if (await this.#goesWithin(STOP_PATIENCE_MS)) return this.exited;
		this.#verdict = `it did not end within ${STOP_PATIENCE_MS / 1000} s when it was asked to, so it was killed`;
		this.#process.kill("SIGKILL");
		if (!(await this.#goesWithin(KILL_PATIENCE_MS))) this.#leave();
		return this.exited;
	}

	#goesWithin(ms: number): Promise<boolean> {
		const gone = this.exited.then(
			() => true,
			() => true,
		);
		return Promise.race([gone, sleep(ms, false, { ref: false })]);
	}

	/** Stops waiting for the process, and lets this process exit without it. */
	#leave(): void {
		const { signalCode, pid, stderr } = this.#process;
		const held = signalCode === null ? `; process ${pid} is still held by the kernel` : "";
		this.#give({ code: null, signal: "SIGKILL", message: `${this.#verdict}${held}` });
		this.#ended = true;
		stderr?.destroy();
		this.#process.unref();
	}
}
