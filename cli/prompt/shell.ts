// SPDX-License-Identifier: Apache-2.0
/** What the parts of the prompt share: the session, the settings, and the place where answers go. */
import { once } from "node:events";
import { createWriteStream, type WriteStream } from "node:fs";
import { failure } from "../../base/errors.js";
import type { Session } from "../../storage/session.js";
import type { Format } from "../format.js";
import { print } from "../streams.js";
import { lineWidth, type Output, onScreen, type Paint, painter } from "../terminal.js";
import type { Catalog } from "./catalog.js";

export const modes = ["table", "line", "csv", "json", "ndjson"] as const satisfies readonly (Format | "line")[];
export type Mode = (typeof modes)[number];

export class Shell {
	readonly session: Session;
	readonly catalog: Catalog;
	readonly paint: Paint;
	readonly #screen: Output;
	mode: Mode = "table";
	timer = true;
	/** Whether the recording was still being written at its last answer. */
	live = false;
	/** Number of rows of an answer that are shown. */
	rows = 40;
	#output: WriteStream | null = null;

	constructor(session: Session, catalog: Catalog, screen: Output = process.stdout) {
		this.session = session;
		this.catalog = catalog;
		this.#screen = screen;
		this.paint = painter(screen);
	}

	/** The width for the next answer. A terminal can change its size at any time. */
	width(): number {
		return lineWidth(this.#screen);
	}

	/** Writes a line to the screen, wherever answers go. */
	say(line: string): void {
		this.#screen.write(`${onScreen(line)}\n`);
	}

	/** The file that answers go to; null for the screen. */
	get output(): { readonly path: string } | null {
		return this.#output && { path: String(this.#output.path) };
	}

	/** Writes and waits for a slow reader. A file that fails is given up. */
	async write(bytes: string | Uint8Array): Promise<void> {
		const output = this.#output;
		if (!output) return print(bytes);
		const error = await new Promise<Error | null | undefined>((done) => output.write(bytes, done));
		if (!error) return;
		this.#output = null;
		throw failure(`cannot write ${output.path}: ${error.message}; answers are on the screen again`);
	}

	/** Sends answers to a file that is created anew, or with null to the screen again. */
	async redirect(path: string | null): Promise<void> {
		const next = path === null ? null : createWriteStream(path);
		if (next) await once(next, "open");
		/* The writer learns of the error, too. */
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
