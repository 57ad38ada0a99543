// SPDX-License-Identifier: Apache-2.0
/** Runs countersink as a user does: as a process of its own, judged by its output and its exit. */
import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import { packageFile } from "../../base/paths.js";
import { asIfGranted } from "./privilege.js";

export const commandLine = packageFile("dist/cli/main.js");

export interface Outcome {
	/** Exit status; null when a signal ended it. */
	readonly code: number | null;
	readonly signal: NodeJS.Signals | null;
	readonly stdout: string;
	readonly stderr: string;
}

export interface Running {
	readonly child: ChildProcess;
	readonly outcome: Promise<Outcome>;
}

/** Starts a program. The input goes to its standard input. */
export function startProgram(file: string, words: readonly string[], options: SpawnOptions = {}, input = ""): Running {
	const child = spawn(file, words, { stdio: ["pipe", "pipe", "pipe"], ...options });
	child.stdin?.on("error", () => {}); // It may end without having read its input.
	child.stdin?.end(input);
	const closed = new Promise<[number | null, NodeJS.Signals | null]>((resolve, reject) => {
		child.on("error", reject);
		child.on("close", (code, signal) => resolve([code, signal]));
	});
	const outcome = Promise.all([
		closed,
		child.stdout ? text(child.stdout) : "",
		child.stderr ? text(child.stderr) : "",
	]).then(([[code, signal], stdout, stderr]) => ({ code, signal, stdout, stderr: asIfGranted(stderr) }));
	return { child, outcome };
}

export const start = (words: readonly string[], options: SpawnOptions = {}, input = ""): Running =>
	startProgram(process.execPath, [commandLine, ...words], options, input);

/** Runs countersink through a program that runs it elsewhere, or as another user. */
export const startThrough = (
	program: readonly string[],
	words: readonly string[],
	options: SpawnOptions = {},
): Running => startProgram(program[0]!, [...program.slice(1), process.execPath, commandLine, ...words], options);

export const countersink = (words: readonly string[], options: SpawnOptions = {}, input = ""): Promise<Outcome> =>
	start(words, options, input).outcome;

/** Runs it through a shell, for redirections and pipes; $CS is countersink. */
export const shell = (script: string, options: SpawnOptions = {}): Promise<Outcome> => {
	const env = { ...process.env, CS: `${process.execPath} ${commandLine}`, ...options.env };
	return startProgram("bash", ["-c", script], { ...options, env }).outcome;
};
