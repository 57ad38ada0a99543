// SPDX-License-Identifier: Apache-2.0
/** Edits the line that is being typed: node:readline with a history of whole statements, completion, and a gate before
 *  its input. */
import { EventEmitter } from "node:events";
import { createInterface, type Interface, type Key } from "node:readline";
import { messageOf } from "../../base/errors.js";
import { control, show } from "../streams.js";
import { onScreen } from "../terminal.js";
import { Gate } from "./gate.js";
import type { History } from "./history.js";

export interface EditorOptions {
	readonly history: History;
	/** Called for Tab; it may also print a list. @returns the text that replaces the word */
	readonly complete: (
		before: string,
		after: string,
	) => Promise<{ word: string; text: string; list: readonly string[] }>;
}

const bracketedPaste = (on: boolean): void => {
	if (process.env.TERM !== "dumb") control(`\x1b[?2004${on ? "h" : "l"}`);
};

type Completer = (line: string, done: (error: null, result: [string[], string]) => void) => void;

/** Emits "line", "abandon" (Ctrl-C while typing), "interrupt" (Ctrl-C while something runs) and "close". */
export class Editor extends EventEmitter {
	readonly #gate = new Gate(process.stdin);
	readonly #history: History;
	readonly #complete: EditorOptions["complete"];
	readonly #readline: Interface;
	/** The entries that Up goes through. node:readline uses this array itself. */
	#recall: string[];
	#pasting = false;
	#searching = false;
	#abandoned = false;
	/** A completion is being computed; "interrupted" after a Ctrl-C meanwhile. */
	#completing: "no" | "yes" | "interrupted" = "no";

	constructor({ history, complete }: EditorOptions) {
		super();
		this.#history = history;
		this.#complete = complete;
		this.#recall = [...history.entries];
		this.#readline = createInterface({
			input: this.#gate as unknown as NodeJS.ReadStream,
			output: process.stdout,
			terminal: true,
			history: this.#recall,
			historySize: 10_000,
			completer: this.#onTab,
		});
		this.#listen();
	}

	#listen(): void {
		/* readline must not add lines to the history, which holds statements. */
		this.#readline.on("history", (lines) => {
			this.#recall = lines;
			this.#restoreHistory();
		});
		this.#readline.on("line", (line) => this.#onLine(line));
		this.#readline.on("SIGINT", () => this.#abandon());
		this.#readline.on("SIGTSTP", () => this.#suspend());
		this.#readline.on("close", () => this.emit("close"));
		this.#gate.on("interrupt", () => this.#interrupt());
		this.#gate.on("keypress", (_text, key: Key) => this.#onKey(key));
	}

	#restoreHistory(): void {
		this.#recall.splice(0, this.#recall.length, ...this.#history.entries);
		this.#searching = false;
	}

	#onLine(line: string): void {
		this.#gate.shut();
		bracketedPaste(false);
		this.#restoreHistory();
		if (this.#abandoned) this.emit("abandon");
		/* Newer Node keeps the line breaks of a recalled statement as carriage returns. */ else
			this.emit("line", line.replaceAll("\r", "\n"));
		this.#abandoned = false;
	}

	/** Ctrl-C while the gate is shut: interrupts the statement that runs, or abandons the line that is being
	 *  completed. */
	#interrupt(): void {
		if (this.#completing === "no") this.emit("interrupt");
		else this.#completing = "interrupted";
	}

	/** Leaves the line on the screen and does not run it, as shells do. */
	#abandon(): void {
		this.#abandoned = true;
		this.#readline.write(null, { ctrl: true, name: "e" });
		control("^C");
		this.#readline.write(null, { name: "return" });
	}

	/** Ctrl-Z stops every process of the job, as the terminal would, so that the shell notices. */
	#suspend(): void {
		process.once("SIGCONT", () => {
			this.#gate.setRawMode(true);
			bracketedPaste(true);
			this.#readline.prompt(true);
		});
		bracketedPaste(false);
		this.#gate.setRawMode(false);
		process.kill(0, "SIGTSTP");
	}

	#onKey(key: Key): void {
		if (key.name === "paste-start") this.#pasting = true;
		else if (key.name === "paste-end") this.#pasting = false;
		else if (key.ctrl && key.name === "r") this.#search();
		else if (this.#searching && key.name !== "up" && key.name !== "down") this.#restoreHistory();
	}

	/** Ctrl-R: like Up, but only through statements that contain what was typed. */
	#search(): void {
		const press = (name: string, ctrl = false): void => this.#readline.write(null, { name, ctrl });
		if (!this.#searching) {
			const wanted = this.#readline.line;
			const found = this.#history.entries.filter((entry) => entry.toLowerCase().includes(wanted.toLowerCase()));
			if (found.length === 0) return void control("\x07");
			press("e", true);
			press("u", true);
			this.#recall.splice(0, this.#recall.length, ...found);
			this.#searching = true;
		}
		press("up");
	}

	readonly #onTab: Completer = (before, done) => {
		/* A tab in pasted text does not ask for completion. */
		if (this.#pasting) return done(null, [["\t"], ""]);
		const after = this.#readline.line.slice(before.length);
		this.#gate.shut();
		this.#completing = "yes";
		this.#complete(before, after)
			.catch((error) => ({ word: "", text: "", list: [messageOf(error)] }))
			.then(({ word, text, list }) => {
				const interrupted = this.#completing === "interrupted";
				this.#completing = "no";
				done(null, [text === word || interrupted ? [] : [text], word]);
				if (interrupted) return this.#abandon();
				if (list.length > 0) {
					show(["", ...list]);
					this.#readline.prompt(true);
				}
				this.#gate.open();
			});
	};

	/** Shows the prompt and lets the next line through the gate. */
	ask(prompt: string): void {
		this.#restoreHistory();
		this.#readline.setPrompt(onScreen(prompt));
		bracketedPaste(true);
		this.#readline.prompt();
		this.#gate.open();
	}

	close(): void {
		bracketedPaste(false);
		this.#readline.close();
		this.#gate.end();
	}
}
