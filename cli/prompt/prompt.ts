// SPDX-License-Identifier: Apache-2.0
/** The prompt: reads lines until they form a statement or a command, runs it, shows the answer, and repeats. */
import { basename } from "node:path";
import { clean } from "../../base/clean.js";
import { messageOf, usageError } from "../../base/errors.js";
import type { OpenRecording } from "../../library/open-recording.js";
import { sql, typedByUser } from "../../storage/sql.js";
import { wrap } from "../terminal.js";
import { ask, isLive } from "./answer.js";
import { listing } from "./choices.js";
import { commonPart, complete } from "./complete.js";
import { type Loop, runCommand } from "./dot-commands.js";
import { Editor } from "./editor.js";
import { greet } from "./greeting.js";
import { History } from "./history.js";
import { Shell } from "./shell.js";
import { statements } from "./statements.js";

/** Depth at which .read stops, for a file that reads itself. */
const MAX_DEPTH = 8;

const promptName = ({ paths }: OpenRecording): string =>
	clean(paths.map((path) => basename(path).replace(/\.duckdb$/, "")).join(" "));

/** quit, exit and help are commands without a dot too, since everybody tries them. */
const commandOf = (line: string): string | null => {
	const trimmed = line.trim();
	if (trimmed.startsWith(".")) return trimmed;
	return /^(quit|exit|help)\s*;?$/i.test(trimmed) ? `.${trimmed.replace(/\s*;$/, "").toLowerCase()}` : null;
};

/** Lines of an error. The list of all tables is left out, since the prompt has .tables and Tab. */
function complaint(error: unknown, width: number): string[] {
	const message = messageOf(error).replace(/\n\(the tables are: .*\)$/, "");
	/* The line with the caret must stay under its line. */
	const [words, place] = message.split(/\n(?=LINE \d)/);
	return [...words!.split("\n").flatMap((line) => wrap(line, width)), ...(place?.split("\n") ?? [])];
}

class Prompt implements Loop {
	readonly #shell: Shell;
	readonly #history = new History();
	readonly #editor: Editor;
	readonly #name: string;
	/** Lines of a statement that is not yet complete. */
	#pending = "";
	/** Lines since the prompt was empty: the next entry of the history. */
	#entry = "";
	/** Counts Ctrl-C. Where it grew while a statement ran, the statements after it are not run. */
	#interrupts = 0;
	#depth = 0;
	#left = false;

	constructor(shell: Shell) {
		this.#shell = shell;
		this.#name = promptName(shell.recording);
		this.#editor = new Editor({ history: this.#history, complete: (before, after) => this.#complete(before, after) });
	}

	async run(): Promise<void> {
		const closed = new Promise((resolve) => this.#editor.once("close", resolve));
		this.#editor.on("line", (line: string) => void this.#typed(line));
		this.#editor.on("abandon", () => {
			[this.#pending, this.#entry] = ["", ""];
			this.#ask();
		});
		this.#editor.on("interrupt", () => this.#interrupt());
		this.#ask();
		await closed;
		this.#editor.close();
		if (!this.#left) this.#shell.say("");
		this.#interrupt();
		await this.#shell.redirect(null);
	}

	#ask(): void {
		if (this.#left) return;
		const { paint, live } = this.#shell;
		const first = `${this.#name}${live ? " (live)" : ""}> `;
		this.#editor.ask(this.#pending === "" ? paint("bold", first) : paint("dim", "...> ".padStart(first.length)));
	}

	#interrupt(): void {
		this.#interrupts++;
		this.#shell.recording.interrupt();
	}

	leave(): void {
		this.#left = true;
		this.#editor.close();
	}

	async #typed(line: string): Promise<void> {
		this.#entry += `${line}\n`;
		await this.#accept(line);
		if (this.#pending === "") this.#remember();
		this.#ask();
	}

	#remember(): void {
		this.#history.add(this.#entry.trim());
		this.#entry = "";
	}

	/** Takes one line, typed or from a file. */
	async #accept(line: string): Promise<void> {
		const command = this.#pending === "" ? commandOf(line) : null;
		if (command !== null) return this.#attempt(() => runCommand(command, this.#shell, this));
		const { complete, rest } = statements(`${this.#pending}${line}\n`);
		this.#pending = rest;
		const before = this.#interrupts;
		for (const one of complete)
			if (this.#interrupts === before) await this.#attempt(() => ask(this.#shell, typedByUser(one)));
	}

	/** Runs an action; an error is shown, and the prompt goes on. */
	async #attempt(action: () => unknown): Promise<void> {
		const before = this.#interrupts;
		try {
			await action();
		} catch (error) {
			const { paint } = this.#shell;
			if (this.#interrupts > before) this.#shell.say(paint("yellow", "stopped"));
			else for (const line of complaint(error, this.#shell.width())) this.#shell.say(paint("red", line));
		}
	}

	/** Runs the text of a file as if it were typed; its last statement needs no semicolon. */
	async line(text: string): Promise<void> {
		if (this.#depth === MAX_DEPTH)
			throw usageError(`.read is nested ${MAX_DEPTH} files deep; does a file read itself?`);
		const before = this.#interrupts;
		this.#depth++;
		try {
			for (const line of text.split("\n")) if (this.#interrupts === before) await this.#accept(line);
			if (this.#pending !== "" && this.#interrupts === before) await this.#accept(";");
		} finally {
			this.#depth--;
			this.#pending = "";
		}
	}

	async #complete(before: string, after: string): Promise<{ word: string; text: string; list: readonly string[] }> {
		const { recording, vocabulary, paint } = this.#shell;
		const completion = await complete(recording, vocabulary, this.#pending + before, after);
		const { word, candidates } = completion;
		const text = commonPart(completion);
		return {
			word,
			text,
			list: text === word && candidates.length > 0 ? listing(completion, this.#shell.width(), paint) : [],
		};
	}
}

/** Runs until the user leaves. Errors of statements are shown and do not end it. */
export async function prompt(recording: OpenRecording): Promise<void> {
	const shell = new Shell(recording, await recording.vocabulary());
	for await (const answer of recording.run(sql`SELECT 1`)) {
		shell.live = isLive(answer);
		for await (const _ of answer.chunks);
	}
	await greet(shell);
	await new Prompt(shell).run();
}
