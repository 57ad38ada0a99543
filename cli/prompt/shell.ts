// SPDX-License-Identifier: Apache-2.0
/** What the parts of the prompt share: the recording, the settings, and the output. */
import { once } from "node:events";
import { createWriteStream, type WriteStream } from "node:fs";
import { failure } from "../../base/errors.js";
import type { OpenRecording, Vocabulary } from "../../library/open-recording.js";
import type { Format } from "../answer-format.js";
import { print } from "../streams.js";
import { lineWidth, type Output, onScreen, type Paint, painter } from "../terminal.js";

export const modes = ["table", "line", "csv", "json", "ndjson"] as const satisfies readonly (Format | "line")[];
export type Mode = (typeof modes)[number];

export class Shell {
	readonly recording: OpenRecording;
	readonly vocabulary: Vocabulary;
	readonly paint: Paint;
	readonly #screen: Output;
	mode: Mode = "table";
	timer = true;
	/** The recording was still being written at the last answer. */
	live = false;
	/** Number of rows of an answer that are shown. */
	rows = 40;
	#output: WriteStream | null = null;

	constructor(recording: OpenRecording, vocabulary: Vocabulary, screen: Output = process.stdout) {
		this.recording = recording;
		this.vocabulary = vocabulary;
		this.#screen = screen;
		this.paint = painter(screen);
	}

	/** Looked up for each answer, since a terminal can change its size. */
	width(): number {
		return lineWidth(this.#screen);
	}

	/** Writes a line to the screen, also when answers go to a file. */
	say(line: string): void {
		this.#screen.write(`${onScreen(line)}\n`);
	}

	/** The file that answers go to; null for the screen. */
	get output(): { readonly path: string } | null {
		return this.#output && { path: String(this.#output.path) };
	}

	/** Waits until the output has taken the bytes; a file that cannot be written is given up. */
	async write(bytes: string | Uint8Array): Promise<void> {
		const output = this.#output;
		if (!output) return print(bytes);
		const error = await new Promise<Error | null | undefined>((done) => output.write(bytes, done));
		if (!error) return;
		this.#output = null;
		throw failure(`cannot write ${output.path}: ${error.message}; answers are on the screen again`);
	}

	/** @param path a file that is overwritten; null: the screen again */
	async redirect(path: string | null): Promise<void> {
		const next = path === null ? null : createWriteStream(path);
		if (next) await once(next, "open");
		/* The writer gets the error, too. */
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
