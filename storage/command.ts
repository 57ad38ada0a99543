// SPDX-License-Identifier: Apache-2.0
/** The wrapped command: started as it would be without us, ended politely, and its status told as a shell tells it. */
import { type ChildProcess, spawn } from "node:child_process";
import { constants } from "node:os";
import { messageOf } from "../base/errors.js";
import { say } from "../base/say.js";

export interface CommandEnd {
	/** 128 + n for signal n; 127 and 126 as a shell gives them for a command that is not found or cannot be executed. */
	readonly status: number;
	readonly detail: string;
}

/** Ours, or our standard error where standard output carries the recording. */
export type CommandOutput = "inherit" | 2;

/** How long a command that was asked to end may take before it is killed. */
const PATIENCE_MS = 5000;

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
			say(`cannot run ${file}: ${why ?? messageOf(error)}`);
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

	/** Asks the command to end; to be awaited last, because it resolves when the command has gone. */
	async end(): Promise<void> {
		this.#child?.kill("SIGTERM");
		const timer = setTimeout(() => this.#child?.kill("SIGKILL"), PATIENCE_MS);
		await this.ended;
		clearTimeout(timer);
	}
}
