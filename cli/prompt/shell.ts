// SPDX-License-Identifier: Apache-2.0
/** What the parts of the prompt share: the session, the settings, and where answers go. */
import { once } from "node:events";
import { createWriteStream, type WriteStream } from "node:fs";
import type { Session } from "../../ask/session.js";
import type { Vocabulary } from "../../ask/vocabulary.js";
import { failure } from "../../base/errors.js";
import type { Format } from "../answer-format.js";
import { print } from "../streams.js";
import { lineWidth, type Output, onScreen, type Paint, painter } from "../terminal.js";

export const modes = ["table", "line", "csv", "json", "ndjson"] as const satisfies readonly (Format | "line")[];
export type Mode = (typeof modes)[number];

export class Shell {
	readonly session: Session;
	readonly vocabulary: Vocabulary;
	readonly paint: Paint;
	readonly #screen: Output;
	mode: Mode = "table";
	timer = true;
	/** The recording was still being written when it answered last. */
	live = false;
	/** Rows of an answer that are shown. */
	rows = 40;
	#output: WriteStream | null = null;

	constructor(session: Session, vocabulary: Vocabulary, screen: Output = process.stdout) {
		this.session = session;
		this.vocabulary = vocabulary;
		this.#screen = screen;
		this.paint = painter(screen);
	}

	/** Asked for each answer, since a terminal changes its size. */
	width(): number {
		return lineWidth(this.#screen);
	}

	/** To the screen, whoever gets the answers. */
	say(line: string): void {
		this.#screen.write(`${onScreen(line)}\n`);
	}

	/** The file that answers go to; null: the screen. */
	get output(): { readonly path: string } | null {
		return this.#output && { path: String(this.#output.path) };
	}

	/** Waits for whoever is slower than the answer; a file that takes no more is given up. */
	async write(bytes: string | Uint8Array): Promise<void> {
		const output = this.#output;
		if (!output) return print(bytes);
		const error = await new Promise<Error | null | undefined>((done) => output.write(bytes, done));
		if (!error) return;
		this.#output = null;
		throw failure(`cannot write ${output.path}: ${error.message}; answers are on the screen again`);
	}

	/** @param path a file that is written anew; null: the screen again */
	async redirect(path: string | null): Promise<void> {
		const next = path === null ? null : createWriteStream(path);
		if (next) await once(next, "open");
		/* Whoever writes is told, too. */
		next?.on("error", () => {});
		const last = this.#output;
		this.#output = next;
		if (last) {
			const closed = new Promise<void>((resolve) => last.once("close", resolve));
			last.end();
			await closed;
		}
	}
}
