// SPDX-License-Identifier: Apache-2.0
/** Drives countersink in a pseudo terminal by keys: what a person would type and see. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { stripVTControlCharacters } from "node:util";
import { packageFile } from "../../base/paths.js";
import { commandLine } from "./countersink.js";
import { buildNative } from "./native.js";

/** A pseudo terminal. Its standard input is typed into it, and what it shows goes to its standard output. */
const driver = packageFile("build/native/release/terminal");

export const key = {
	enter: "\r",
	tab: "\t",
	up: "\x1b[A",
	ctrlA: "\x01",
	ctrlC: "\x03",
	ctrlD: "\x04",
	ctrlR: "\x12",
} as const;

export const pasted = (text: string): string => `\x1b[200~${text.replaceAll("\n", "\r")}\x1b[201~`;

const PATIENCE_MS = 60_000;

export class Terminal {
	readonly #child: ChildProcess;
	readonly #closed: Promise<number | null>;
	#raw = "";
	#seen = 0;
	#wake = (): void => {};

	/** @param command another program that runs countersink */
	constructor(
		words: readonly string[],
		env: NodeJS.ProcessEnv = {},
		rows = 50,
		columns = 80,
		command: readonly string[] = [process.execPath, commandLine, ...words],
	) {
		buildNative();
		this.#child = spawn(driver, [String(rows), String(columns), ...command], {
			stdio: ["pipe", "pipe", "inherit"],
			env: { ...process.env, TERM: "xterm", NO_COLOR: "", ...env },
		});
		this.#closed = new Promise((resolve, reject) => {
			this.#child.on("error", reject);
			this.#child.on("close", (code) => {
				resolve(code);
				this.#wake();
			});
		});
		this.#child.stdout!.setEncoding("utf8").on("data", (text: string) => {
			this.#raw += text;
			this.#wake();
		});
	}

	/** The driver's process. Its child runs in the terminal. */
	get pid(): number {
		return this.#child.pid!;
	}

	/** Everything shown so far, with its colours. */
	get raw(): string {
		return this.#raw;
	}

	/** The same as plain text, with every line after it was redrawn. */
	get shown(): string {
		return stripVTControlCharacters(this.#raw).replaceAll("\r", "");
	}

	type(...keys: readonly string[]): void {
		this.#child.stdin!.write(keys.join(""));
	}

	/** Waits until new text matches. @returns all new text up to the end of the match */
	async until(pattern: RegExp): Promise<string> {
		const end = performance.now() + PATIENCE_MS;
		for (;;) {
			const fresh = this.shown.slice(this.#seen);
			const found = pattern.exec(fresh);
			if (found) {
				const length = found.index + found[0].length;
				this.#seen += length;
				return fresh.slice(0, length);
			}
			const left = end - performance.now();
			const ended = this.#child.exitCode !== null;
			assert.ok(left > 0 && !ended, `${pattern} did not appear${ended ? ", and it ended" : ""}: ${this.shown}`);
			await this.#change(left);
		}
	}

	#change(patience: number): Promise<void> {
		return new Promise((resolve) => {
			const timer = setTimeout(resolve, patience);
			this.#wake = () => {
				clearTimeout(timer);
				resolve();
			};
		});
	}

	/** Types a line and waits for the answer and the next prompt. */
	async ask(line: string, prompt = /\n\w+> $/): Promise<string> {
		this.type(line, key.enter);
		return this.until(prompt);
	}

	/** Closes the terminal, whatever runs in it. */
	kill(): void {
		this.#child.kill("SIGKILL");
	}

	/** The exit status, once it has ended. */
	ended(): Promise<number | null> {
		return this.#closed;
	}
}
