// SPDX-License-Identifier: Apache-2.0
/** Runs the wrapped command: starts it as a shell would, asks it to end before killing it, and reports its status as a
 *  shell does. */
import { type ChildProcess, spawn } from "node:child_process";
import { accessSync, closeSync, constants, existsSync, openSync, readSync, statSync } from "node:fs";
import { constants as system } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { messageOf } from "../base/errors.js";
import { type ProcessId, processId } from "../base/process.js";

export interface CommandEnd {
	/** The exit status; 128 + n for signal n. As in a shell, 127 for a command that is not found, 126 for one that
	 *  cannot be executed. */
	readonly status: number;
	readonly detail: string;
}

/** Where the command's standard output goes: to that of this process, or to its standard error where standard output
 *  carries the recording. */
export type CommandOutput = "inherit" | 2;

/** How long a command that was asked to end may take before it is killed. */
export const COMMAND_PATIENCE_MS = 5000;
/** How long to wait for a command that was killed: the kernel may hold it. */
const KILL_PATIENCE_MS = 500;

/** What a shell would say about a command that it cannot start, and the status that it would return. */
export interface Refusal {
	readonly status: 126 | 127;
	readonly why: string;
}

const NOT_FOUND: Refusal = { status: 127, why: "there is no such command, or no interpreter of that script" };
const NOT_EXECUTABLE: Refusal = { status: 126, why: "it may not be executed" };

/** Why execve(2) would refuse a file; null: nothing is known against it. */
function refusalOf(file: string): Refusal | null {
	try {
		if (!statSync(file).isFile()) return NOT_EXECUTABLE;
		accessSync(file, constants.X_OK);
		const fd = openSync(file, "r");
		const head = Buffer.alloc(256);
		readSync(fd, head, 0, head.length, 0);
		closeSync(fd);
		const interpreter = /^#!\s*([^\s\0]+)/.exec(head.toString("latin1"))?.[1];
		return interpreter === undefined || existsSync(interpreter) ? null : NOT_FOUND;
	} catch (error) {
		const { code } = error as NodeJS.ErrnoException;
		/* A file that may be executed but not read cannot be checked for its interpreter. */
		if (code === "EACCES") return canExecute(file) ? null : NOT_EXECUTABLE;
		return code === "ENOENT" ? NOT_FOUND : { status: 126, why: messageOf(error) };
	}
}

function canExecute(file: string): boolean {
	try {
		accessSync(file, constants.X_OK);
		return true;
	} catch {
		return false;
	}
}

/** Why a command cannot be started, found out without starting it; null: nothing is known against it. */
export function commandRefusal([file]: readonly string[]): Refusal | null {
	if (file!.includes("/") || file === "") return file === "" ? NOT_FOUND : refusalOf(file!);
	const folders = (process.env.PATH ?? "/usr/local/bin:/bin:/usr/bin").split(":");
	const refusals = folders.map((folder) => refusalOf(join(folder || ".", file!)));
	if (refusals.includes(null)) return null;
	if (refusals.includes(NOT_EXECUTABLE)) return NOT_EXECUTABLE;
	/* An entry of the path that is not a folder is skipped. */
	return refusals.find((refusal) => refusal?.status === 126 && !refusal.why.startsWith("ENOTDIR")) ?? NOT_FOUND;
}

export class WrappedCommand {
	readonly #child: ChildProcess | null;
	/** null: the command could not be run, or has already ended. */
	readonly process: ProcessId | null;
	readonly ended: Promise<CommandEnd>;

	private constructor(child: ChildProcess | null, ended: Promise<CommandEnd>) {
		this.#child = child;
		this.process = child?.pid === undefined ? null : processId(child.pid);
		this.ended = ended;
	}

	/** Never throws: a command that cannot be run counts as ended. @param say is told why it cannot be run */
	static start(
		[file, ...words]: readonly string[],
		stdout: CommandOutput,
		say: (sentence: string) => void,
	): WrappedCommand {
		const refused = (error: unknown): CommandEnd => {
			const { code } = error as NodeJS.ErrnoException;
			const why = { ENOENT: NOT_FOUND.why, EACCES: NOT_EXECUTABLE.why }[code ?? ""];
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
							? { status: 128 + system.signals[signal], detail: signal }
							: { status: code!, detail: `status ${code}` },
					),
				);
			});
			return new WrappedCommand(child, ended);
		} catch (error) {
			return new WrappedCommand(null, Promise.resolve(refused(error)));
		}
	}

	/** Asks the command to end, and kills it if it does not. Await this last, because it resolves when the command has
	 *  exited. */
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
