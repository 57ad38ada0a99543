// SPDX-License-Identifier: Apache-2.0
/** The wrapped command: started as it would be without us, ended politely, and its status told as a shell tells it. */
import { type ChildProcess, spawn } from "node:child_process";
import { constants } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { messageOf } from "../base/errors.js";

export interface CommandEnd {
	/** 128 + n for signal n; 127 and 126 as a shell gives them for a command that is not found or cannot be executed. */
	readonly status: number;
	readonly detail: string;
}

/** Ours, or our standard error where standard output carries the recording. */
export type CommandOutput = "inherit" | 2;

/** How long a command that was asked to end may take before it is killed. */
export const COMMAND_PATIENCE_MS = 5000;
/** How long one that was killed is waited for: the kernel may hold it. */
const KILL_PATIENCE_MS = 500;

export class WrappedCommand {
	readonly #child: ChildProcess | null;
	readonly ended: Promise<CommandEnd>;

	private constructor(child: ChildProcess | null, ended: Promise<CommandEnd>) {
		this.#child = child;
		this.ended = ended;
	}

	/** Never throws: a command that cannot be run says so on stderr and has ended. */
	static start([file, ...words]: readonly string[], stdout: CommandOutput): WrappedCommand {
		const refused = (error: unknown): CommandEnd => {
			const { code } = error as NodeJS.ErrnoException;
			const why = {
				ENOENT: "there is no such command, or no interpreter of that script",
				EACCES: "it may not be executed",
			}[code ?? ""];
			process.stderr.write(`countersink: cannot run ${file}: ${why ?? messageOf(error)}\n`);
			const status = code === "ENOENT" ? 127 : 126;
			return { status, detail: messageOf(error) };
		};
		try {
			const child = spawn(file!, words, { stdio: ["inherit", stdout, "inherit"] });
			const ended = new Promise<CommandEnd>((resolve) => {
				child.on("error", (error) => resolve(refused(error)));
				child.on("exit", (code, signal) =>
					resolve(
						signal
							? { status: 128 + constants.signals[signal], detail: signal }
							: { status: code!, detail: `status ${code}` },
					),
				);
			});
			return new WrappedCommand(child, ended);
		} catch (error) {
			return new WrappedCommand(null, Promise.resolve(refused(error)));
		}
	}

	/** Asks the command to end, and kills it where it does not; to be awaited last, because it resolves when the command has gone. */
	async end(patience_ms = COMMAND_PATIENCE_MS): Promise<void> {
		this.#child?.kill("SIGTERM");
		if (await this.#goesWithin(patience_ms)) return;
		this.#child?.kill("SIGKILL");
		if (!(await this.#goesWithin(KILL_PATIENCE_MS))) this.#child?.unref();
	}

	#goesWithin(ms: number): Promise<boolean> {
		return Promise.race([this.ended.then(() => true), sleep(ms, false, { ref: false })]);
	}
}
