// SPDX-License-Identifier: Apache-2.0
/** One run of the command line, in this process (a process of its own costs a second), or in one of its own as a user has it. */
import { spawn } from "node:child_process";
import { CommanderError } from "commander";
import { CountersinkError, exitStatus } from "../../base/errors.js";
import { packageFile } from "../../base/paths.js";
import { program } from "../../cli/program.js";
import { say } from "../../cli/streams.js";
import { patience } from "./patience.js";

export interface Outcome {
	/** null: it was ended by a signal. */
	readonly status: number | null;
	readonly signal: string | null;
	readonly stdout: string;
	readonly stderr: string;
	readonly ms: number;
}

export type Runner = (words: readonly string[]) => Promise<Outcome>;

/** What is kept of an output. */
const MAX_CHARACTERS = 1 << 24;

/** Takes what is written to standard output and standard error, until it is called off. */
function capture(): { stdout(): string; stderr(): string; end(): void } {
	const taken = { stdout: "", stderr: "" };
	const own = { stdout: process.stdout.write, stderr: process.stderr.write };
	for (const name of ["stdout", "stderr"] as const)
		process[name].write = ((chunk: string | Uint8Array): boolean => {
			if (taken[name].length < MAX_CHARACTERS) taken[name] += Buffer.from(chunk as Uint8Array).toString("utf8");
			return true;
		}) as typeof process.stdout.write;
	return {
		stdout: () => taken.stdout,
		stderr: () => taken.stderr,
		end() {
			process.stdout.write = own.stdout;
			process.stderr.write = own.stderr;
		},
	};
}

const endings = ["SIGINT", "SIGTERM", "SIGHUP", "exit"] as const;

/** As cli/main.ts does it. */
export const inProcess: Runner = async (words) => {
	const begin = performance.now();
	const taken = capture();
	const before = endings.map((name) => [name, process.listeners(name as "exit")] as const);
	let status: number = exitStatus.fine;
	process.exitCode = undefined;
	try {
		await (await program(words.slice(0, 2))).parseAsync([...words], { from: "user" });
		status = Number(process.exitCode ?? exitStatus.fine);
	} catch (error) {
		if (error instanceof CommanderError) status = error.exitCode === 0 ? exitStatus.fine : exitStatus.usage;
		else if (error instanceof CountersinkError) {
			status = error.exitStatus;
			say(error.message);
		} else {
			status = exitStatus.failed;
			say(`internal error: ${error instanceof Error ? error.stack : String(error)}`);
		}
	} finally {
		taken.end();
		process.exitCode = undefined;
		for (const [name, listeners] of before)
			for (const one of process.listeners(name as "exit")) if (!listeners.includes(one)) process.off(name, one);
	}
	return { status, signal: null, stdout: taken.stdout(), stderr: taken.stderr(), ms: performance.now() - begin };
};

/** Longer than any run may take. */
const GIVEN_UP_MS = 40_000;

export const asUser: Runner = (words) =>
	new Promise((resolve, reject) => {
		const begin = performance.now();
		const child = spawn(process.execPath, [packageFile("dist/cli/main.js"), ...words], {
			stdio: ["ignore", "pipe", "pipe"],
		});
		const timer = setTimeout(() => child.kill("SIGKILL"), patience(GIVEN_UP_MS));
		const taken = { stdout: "", stderr: "" };
		for (const name of ["stdout", "stderr"] as const)
			child[name].on("data", (chunk: Buffer) => {
				if (taken[name].length < MAX_CHARACTERS) taken[name] += chunk.toString("utf8");
			});
		child.on("error", reject);
		child.on("close", (status, signal) => {
			clearTimeout(timer);
			resolve({ status, signal, ...taken, ms: performance.now() - begin });
		});
	});
