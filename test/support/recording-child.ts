// SPDX-License-Identifier: Apache-2.0
/** The test's side of recording-process.ts: starts it, collects its messages, and finds processes that outlive it. */
import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { packageFile } from "../../base/paths.js";
import { isGone, processesWith, stateOf, until } from "./processes.js";
import type { Line, Wanted } from "./recording-process.js";

export class RecordingChild {
	readonly child: ChildProcess;
	readonly wanted: readonly Wanted[];
	readonly lines: Line[] = [];
	readonly #mark = randomUUID();
	readonly #closed: Promise<unknown>;

	constructor(wanted: readonly Wanted[]) {
		this.wanted = wanted;
		const program = packageFile("dist/test/support/recording-process.js");
		this.child = spawn(process.execPath, [program, JSON.stringify(wanted)], {
			stdio: ["pipe", "pipe", "inherit"],
			env: { ...process.env, COUNTERSINK_TEST: this.#mark },
		});
		this.child.stdin!.on("error", () => {});
		/* Only whole lines count, since a kill may cut the last one. */
		createInterface({ input: this.child.stdout! }).on("line", (line) => {
			if (line.endsWith("}")) this.lines.push(JSON.parse(line) as Line);
		});
		this.#closed = once(this.child, "close");
	}

	get pid(): number {
		return this.child.pid!;
	}

	said<K extends Line["kind"]>(kind: K, n?: number): Extract<Line, { kind: K }>[] {
		return this.lines.filter(
			(line): line is Extract<Line, { kind: K }> => line.kind === kind && (n === undefined || line.n === n),
		);
	}

	/** Resolves when every recording has a sampler. */
	running(): Promise<void> {
		return until("all recordings run", () => {
			const [failed] = this.said("failed");
			if (failed) throw new Error(failed.message);
			return this.said("running").length === this.wanted.length;
		});
	}

	/** Number of rows of a stream that were safe at the last acknowledged commit of a recording. */
	acknowledged(n: number, stream: string): number {
		return this.said("committed", n).at(-1)?.rows[stream] ?? 0;
	}

	async stopped(): Promise<void> {
		this.child.kill("SIGSTOP");
		await until("the recording process stands still", () => stateOf(this.pid) === "T");
	}

	/** Ends all recordings as a user would, without waiting for it. */
	finish(): void {
		this.child.stdin!.end();
	}

	async kill(): Promise<void> {
		this.child.kill("SIGKILL");
		await this.closed();
	}

	/** Resolves when the process has gone and all its messages were read. */
	async closed(): Promise<void> {
		await this.#closed;
	}

	/** All processes that it started and that still run. */
	outlived(): number[] {
		return processesWith(this.#mark);
	}

	/** Checks that nothing outlives it for long. */
	async leavesNothing(): Promise<void> {
		await until("samplers end with their recorder", () => isGone(this.pid) && processesWith(this.#mark).length === 0);
	}
}
