// SPDX-License-Identifier: Apache-2.0
/** Workers that try cases; one that dies, hangs or has grown is replaced, and what it was at is told. */
import { type ChildProcess, fork } from "node:child_process";
import { join } from "node:path";
import { packageFile } from "../../base/paths.js";
import { patience } from "./patience.js";
import type { Ask, Tale, Told } from "./worker.js";

export interface Result extends Tale {
	readonly id: string;
	readonly ms: number;
}

export interface Pool {
	readonly workers: number;
	/** Of bases, secret and sandboxes. */
	readonly folder: string;
	/** Whether each verb is run in a process of its own, as a user does. */
	readonly asUser: boolean;
	/** In which each run must end. */
	readonly limit_ms: number;
	/** A worker for each case. */
	readonly fresh?: boolean;
	readonly keep?: string | undefined;
	readonly done?: (result: Result) => void;
}

let sandboxes = 0;

const children = new Set<ChildProcess>();

/** One that waits for a pipe hears of nothing, not even that its parent is gone. */
process.on("exit", () => {
	for (const child of children) child.kill("SIGKILL");
});
for (const [signal, number] of Object.entries({ SIGINT: 2, SIGTERM: 15, SIGHUP: 1 }))
	process.on(signal, () => process.exit(128 + number));

class Worker {
	readonly #pool: Pool;
	readonly #child: ChildProcess;
	alive = true;

	constructor(pool: Pool) {
		this.#pool = pool;
		const root = join(pool.folder, `sandbox-${sandboxes++}`);
		const env = { ...process.env, HOME: join(root, "home"), TMPDIR: join(root, "temp"), NODE_OPTIONS: "--no-warnings" };
		this.#child = fork(
			packageFile("dist/test/hostile/worker.js"),
			[join(pool.folder, "bases"), root, pool.asUser ? "user" : "here"],
			{
				env,
				stdio: ["ignore", "ignore", "inherit", "ipc"],
			},
		);
		children.add(this.#child);
	}

	#forget(): void {
		this.alive = false;
		children.delete(this.#child);
	}

	attempt(id: string): Promise<Result> {
		const begin = performance.now();
		const { limit_ms, keep } = this.#pool;
		return new Promise((resolve) => {
			let words: readonly string[] = [];
			let timer: NodeJS.Timeout | undefined;
			let late = false;
			const watch = (ms: number): void => {
				clearTimeout(timer);
				timer = setTimeout(() => {
					late = true;
					this.#child.kill("SIGKILL");
				}, ms);
			};
			const end = ({ problems, unmade, runs }: Tale): void => {
				clearTimeout(timer);
				this.#child.off("message", hear);
				this.#child.off("exit", die);
				resolve({ id, problems, unmade, runs, ms: performance.now() - begin });
			};
			const hear = (told: Told): void => {
				/* What runs in a process of its own has a limit of its own there. */
				if (told.kind === "verb") {
					words = told.words;
					watch(patience(this.#pool.asUser ? 10 * limit_ms : limit_ms));
				} else if (told.kind === "done") {
					if (told.spent || this.#pool.fresh) this.end();
					end(told);
				}
			};
			const die = (code: number | null, signal: string | null): void => {
				this.#forget();
				const what = late
					? `took more than ${limit_ms / 1000} s`
					: `was ended by ${signal ?? `an exit with status ${code}`}`;
				end({ problems: [{ kind: late ? "time" : "signal", what, words }], unmade: [], runs: [] });
			};
			this.#child.on("message", hear);
			this.#child.on("exit", die);
			watch(patience(20 * limit_ms));
			this.#child.send({
				id,
				limit_ms,
				keep: keep === undefined ? null : join(keep, id.replaceAll(/[^\w.-]/g, "_")),
			} satisfies Ask);
		});
	}

	end(): void {
		this.#forget();
		this.#child.removeAllListeners("exit");
		this.#child.disconnect();
		this.#child.kill("SIGKILL");
	}
}

/** Tries all; results come in the order in which they end. */
export async function tryAll(ids: readonly string[], pool: Pool): Promise<Result[]> {
	const left = [...ids].reverse();
	const results: Result[] = [];
	await Promise.all(
		Array.from({ length: pool.workers }, async () => {
			let worker: Worker | undefined;
			for (let id = left.pop(); id !== undefined; id = left.pop()) {
				if (!worker?.alive) worker = new Worker(pool);
				const result = await worker.attempt(id);
				results.push(result);
				pool.done?.(result);
			}
			if (worker?.alive) worker.end();
		}),
	);
	return results;
}
