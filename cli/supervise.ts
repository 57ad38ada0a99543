// SPDX-License-Identifier: Apache-2.0
/**
 * Runs the same command line in a child, and outlives it. What cannot be made safe in one process, such as a library
 * that crashes over a file, ends only the child. Its end is reported in one sentence, and its temporary folders are
 * removed.
 *
 * The child has our terminal, our standard streams and our process group, so keys, pipes and job control work as if it
 * ran alone. Nothing that takes time is loaded here: starting a command costs the start of a bare Node.
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { rmSync, statSync } from "node:fs";
import { constants } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { isatty } from "node:tty";
import { isRemovable, type Told } from "../base/at-death.js";
import { exitStatus, messageOf } from "../base/errors.js";
import { packageFile } from "../base/paths.js";

const verbs = ["info", "query", "sql", "compare", "export", "recover", "import"];
/** Words of command lines that may change something. All others read, or write files that are put in place when they
 *  are complete. */
const mayChange = ["recover", "--unsafe"];

const verbOf = (words: readonly string[]): string | undefined => (words[0] === "--" ? words[1] : words[0]);

export const opensForeignBytes = (words: readonly string[]): boolean => verbs.includes(verbOf(words) ?? "");

/** Signals that ask for the end. The process then ends by the same signal, so that a waiting shell sees it. */
const endings = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"] as const satisfies NodeJS.Signals[];
/** Ctrl-C reaches the child as well as us, kill(1) only us. So the child gets this time to say that it has received the
 *  signal. */
const HEARD_MS = 50;
/** A child that was asked to end is killed after this time. */
const GRACE_MS = 1500;
/** The last messages of a dead child arrive within this time after its end. */
const LAST_WORDS_MS = 500;

class Supervised {
	readonly #words: readonly string[];
	readonly #child: ChildProcess;
	readonly #made = new Set<string>();
	#heard = false;
	/** The first signal that asked us to end. */
	asked: NodeJS.Signals | null = null;

	constructor(words: readonly string[]) {
		this.#words = words;
		this.#child = spawn(process.execPath, [...process.execArgv, packageFile("dist/cli/run.js"), ...words], {
			stdio: ["inherit", "inherit", "inherit", "ipc"],
		});
		this.#child.on("message", (told: Told) => this.#listen(told));
	}

	#listen(told: Told): void {
		if (told.kind === "heard") this.#heard = true;
		else if (told.kind === "gone") this.#made.delete(told.path);
		else if (isRemovable(told.path)) this.#made.add(told.path);
	}

	/** Passes a signal on, once. */
	end(signal: NodeJS.Signals): void {
		if (this.asked === null) setTimeout(() => this.#child.kill("SIGKILL"), GRACE_MS).unref();
		this.asked ??= signal;
		const forward = (): void => {
			if (!this.#heard) this.#child.kill(signal);
		};
		if (signal === "SIGINT") setTimeout(forward, HEARD_MS).unref();
		else forward();
	}

	/** The status of the child, or the signal that ended it. */
	async ended(): Promise<{ code: number | null; signal: NodeJS.Signals | null }> {
		const told = once(this.#child, "disconnect").catch(() => {});
		const [code, signal] = await once(this.#child, "exit");
		await Promise.race([told, sleep(LAST_WORDS_MS, undefined, { ref: false })]);
		return { code, signal };
	}

	/** Removes the temporary folders that the child has left. */
	tidy(): void {
		for (const path of this.#made) rmSync(path, { recursive: true, force: true });
	}

	/** A sentence about a death that nobody asked for. */
	epitaph(signal: NodeJS.Signals): string {
		const reading = `reading ${fileIn(this.#words)} ended the process (${signal})`;
		const cause =
			signal === "SIGKILL"
				? "it was killed from outside, or there was not enough memory"
				: "the file is damaged or was made to do this";
		return `${reading}; ${cause}${this.changed ? "" : "; nothing was changed"}`;
	}

	/** Whether the child may have changed something. */
	get changed(): boolean {
		return this.#words.some((word) => mayChange.includes(word));
	}
}

/** The file that a command line reads: the first word, outputs aside, that is an existing file. */
function fileIn(words: readonly string[]): string {
	const isOutput = (i: number): boolean => /^(-o|--output)$/.test(words[i - 1] ?? "");
	const found = words.find((word, i) => i > 0 && !isOutput(i) && statSync(word, { throwIfNoEntry: false })?.isFile());
	return found ?? (words.includes("-") ? "standard input" : "the input");
}

/** Says a sentence on behalf of the child. The module that writes is loaded only then. */
async function say(sentence: string): Promise<void> {
	const streams = await import("./streams.js");
	streams.endWithReader();
	/* A prompt reads single keys and marks pastes; the shell wants neither. */
	if (isatty(0)) {
		if (isatty(1)) streams.control("\x1b[?2004l");
		spawnSync("stty", ["sane"], { stdio: ["inherit", "ignore", "ignore"] });
	}
	streams.say(sentence);
}

/** Ends the process by a signal. The kernel may let it run on for a moment. */
async function dieBy(signal: NodeJS.Signals): Promise<void> {
	process.removeAllListeners(signal);
	process.exitCode = 128 + constants.signals[signal];
	process.kill(process.pid, signal);
	await sleep(LAST_WORDS_MS);
}

/** Runs the child, and ends this process as the child has ended. */
export async function supervise(words: readonly string[]): Promise<void> {
	try {
		await superviseChild(words);
	} catch (error) {
		await say(`cannot start another process (${messageOf(error)}); check whether too many are running`);
		process.exitCode = exitStatus.failed;
	}
	/* Listeners for signals do not keep the process alive; a child that holds the channel might. */
	process.exit();
}

async function superviseChild(words: readonly string[]): Promise<void> {
	const supervised = new Supervised(words);
	for (const signal of endings) process.on(signal, () => supervised.end(signal));
	const { code, signal } = await supervised.ended();
	supervised.tidy();
	if (code !== null) process.exitCode = code;
	else if (signal === "SIGKILL" && supervised.asked !== null) {
		await say(
			`${verbOf(words)} did not end when asked to, so it was killed${supervised.changed ? "" : "; its files were removed"}`,
		);
		await dieBy(supervised.asked);
	} else if ((endings as readonly string[]).includes(signal!)) await dieBy(signal!);
	else {
		await say(supervised.epitaph(signal!));
		process.exitCode = exitStatus.failed;
	}
}
