// SPDX-License-Identifier: Apache-2.0
/**
 * The process that answers one asker of a recording that is being written, and the messages between it and the
 * recorder. The process is a program of `ask/`: the recorder starts it and never loads it, so nothing that an asker
 * does runs in the recorder.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import type { Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { FileId } from "./place.js";

/** The argument of the answering process. */
export interface AnswererSetup {
	readonly path: string;
	readonly file: FileId;
	readonly recorder: number;
	/** CPU of the sampling loop; -1: not pinned. */
	readonly cpu: number;
}

/** Between "held" and "release" the process may read the file: the recorder overwrites nothing that the file refers
 *  to. */
export type ToRecorder = { readonly kind: "hold" } | { readonly kind: "release" };

export type FromRecorder =
	| { readonly kind: "held" }
	/** Tells the asker why, then exits. @param over the recording has ended, not only this answer */
	| { readonly kind: "stop"; readonly why: string; readonly over: boolean };

/** Asks the recorder to make no checkpoint. Returns a function that permits checkpoints again. */
export type Hold = () => Promise<() => void>;

/** Time from the opening of the file to the last row. Checkpoints wait as long, and the log of the recording grows
 *  meanwhile. */
const MAX_ANSWER_MS = 60_000;
/** Time in which a stopped process may tell its asker why it stops. */
const GRACE_MS = 200;

const program = fileURLToPath(new URL("../../ask/live/answerer.js", import.meta.url));

const tooLong = `the statement took longer than the ${MAX_ANSWER_MS / 1000} s that are given while the recording goes on; ask for less, or when it has ended`;

export class Answering {
	readonly #child: ChildProcess;
	/** Resolves when the process has exited; then it holds nothing. */
	readonly exited: Promise<unknown>;
	readonly #hold: Hold;
	#release: (() => void) | null = null;
	#timer: NodeJS.Timeout | undefined;

	constructor(socket: Socket, setup: AnswererSetup, hold: Hold) {
		this.#hold = hold;
		this.#child = spawn(process.execPath, [program, JSON.stringify(setup)], {
			stdio: ["ignore", "ignore", "ignore", socket, "ipc"],
		});
		/* The child has a descriptor of its own now. */
		socket.destroy();
		this.#child.on("message", (message: ToRecorder) =>
			message.kind === "hold" ? void this.#startHold() : this.#endHold(),
		);
		this.exited = Promise.race([once(this.#child, "exit"), once(this.#child, "error")]).finally(() => this.#endHold());
		this.exited.catch(() => {});
	}

	async #startHold(): Promise<void> {
		const release = await this.#hold();
		/* The child may have exited meanwhile. */
		if (!this.#child.connected) return release();
		this.#release = release;
		this.#timer = setTimeout(() => void this.stop(tooLong, false), MAX_ANSWER_MS);
		this.#tell({ kind: "held" });
	}

	#endHold(): void {
		clearTimeout(this.#timer);
		this.#release?.();
		this.#release = null;
	}

	#tell(message: FromRecorder): void {
		if (this.#child.connected) this.#child.send(message, () => {});
	}

	/** Resolves when the process has exited. @param over the recording has ended, not only this answer */
	async stop(why: string, over: boolean): Promise<void> {
		this.#tell({ kind: "stop", why, over });
		await Promise.race([this.exited, sleep(GRACE_MS)]);
		this.#child.kill("SIGKILL");
		await this.exited;
	}
}
