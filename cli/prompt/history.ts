// SPDX-License-Identifier: Apache-2.0
/** The statements of earlier sessions, in a file: one a line, newest last, a line break within a statement as \n. */
import { appendFileSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";

/** Statements that are kept. The file is cut back to this number when it holds twice as many. */
const LIMIT = 1000;
/** Longer statements are not kept: they were pasted by mistake, and would slow down every later start. */
const MAX_LENGTH = 100_000;

/** The folder that the XDG base directory specification names for state that outlives a restart and is not
 *  configuration. */
export const historyPath = (env: NodeJS.ProcessEnv = process.env): string =>
	join(env.XDG_STATE_HOME || join(env.HOME || homedir(), ".local/state"), "countersink", "history");

const escaped = (entry: string): string => `${entry.replaceAll("\\", "\\\\").replaceAll("\n", "\\n")}\n`;
const unescaped = (line: string): string => line.replace(/\\(.)/g, (_, c: string) => (c === "n" ? "\n" : c));

/** Where the history cannot be written (a read-only home, a full disk) the prompt works without it. */
function attempt(action: () => void): void {
	try {
		action();
	} catch {
		/* The statements of this session are still in memory. */
	}
}

export class History {
	readonly #path: string;
	/** Newest first, as node:readline expects. */
	readonly entries: string[] = [];

	constructor(path: string = historyPath()) {
		this.#path = path;
		attempt(() => this.#load());
	}

	#load(): void {
		const lines = readFileSync(this.#path, "utf8").split("\n").filter(Boolean);
		for (const line of lines) this.#remember(unescaped(line));
		if (lines.length > 2 * LIMIT) this.#shorten();
	}

	/** Written to another file and renamed, so that a second session never reads half of it. */
	#shorten(): void {
		const temporary = `${this.#path}.${process.pid}`;
		writeFileSync(temporary, this.entries.toReversed().map(escaped).join(""), { mode: 0o600 });
		renameSync(temporary, this.#path);
	}

	/** A statement that is already in the history moves to the front. */
	#remember(entry: string): void {
		const known = this.entries.indexOf(entry);
		if (known >= 0) this.entries.splice(known, 1);
		this.entries.unshift(entry);
		this.entries.length = Math.min(this.entries.length, LIMIT);
	}

	add(entry: string): void {
		if (entry === "" || entry.length > MAX_LENGTH) return;
		const again = this.entries[0] === entry;
		this.#remember(entry);
		if (again) return;
		attempt(() => {
			mkdirSync(dirname(this.#path), { recursive: true, mode: 0o700 });
			appendFileSync(this.#path, escaped(entry), { mode: 0o600 });
		});
	}
}
