// SPDX-License-Identifier: Apache-2.0
/** Statements of earlier sessions. One a line in the file, newest last; a line break within one is written as \n. */
import { appendFileSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";

/** Statements that are kept; the file is cut back to them when it holds twice as many. */
const LIMIT = 1000;
/** A longer statement was pasted by mistake, and would make every later start slow. */
const LONGEST = 100_000;

/** See the XDG base directory specification: state that should outlive a restart, but is no configuration. */
export const historyPath = (env: NodeJS.ProcessEnv = process.env): string =>
	join(env.XDG_STATE_HOME || join(env.HOME || homedir(), ".local/state"), "countersink", "history");

const escaped = (entry: string): string => `${entry.replaceAll("\\", "\\\\").replaceAll("\n", "\\n")}\n`;
const unescaped = (line: string): string => line.replace(/\\(.)/g, (_, c: string) => (c === "n" ? "\n" : c));

/** Whoever cannot keep a history (a home that may not be written, a full disk) still has a prompt. */
function attempt(action: () => void): void {
	try {
		action();
	} catch {
		/* The statements of this session can still be recalled. */
	}
}

export class History {
	readonly #path: string;
	/** Newest first, as node:readline has it. */
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

	/** Through another file, so that a second session never sees half of it. */
	#shorten(): void {
		const temporary = `${this.#path}.${process.pid}`;
		writeFileSync(temporary, this.entries.toReversed().map(escaped).join(""), { mode: 0o600 });
		renameSync(temporary, this.#path);
	}

	/** The same statement again moves to the front. */
	#remember(entry: string): void {
		const known = this.entries.indexOf(entry);
		if (known >= 0) this.entries.splice(known, 1);
		this.entries.unshift(entry);
		this.entries.length = Math.min(this.entries.length, LIMIT);
	}

	add(entry: string): void {
		if (entry === "" || entry.length > LONGEST) return;
		const again = this.entries[0] === entry;
		this.#remember(entry);
		if (again) return;
		attempt(() => {
			mkdirSync(dirname(this.#path), { recursive: true, mode: 0o700 });
			appendFileSync(this.#path, escaped(entry), { mode: 0o600 });
		});
	}
}
