// SPDX-License-Identifier: Apache-2.0
/** Where the rows of a recording go: the recorder drives any of these the same way. */
import type { Writable } from "node:stream";
import type { Aside } from "./aside.js";
import type { CommandOutput } from "./command.js";
import { removeRecording } from "./file.js";
import { prepareOutput } from "./output.js";
import type { WriterSetup } from "./protocol.js";
import type { RingWriter } from "./ring-writer.js";
import { WriterHandle } from "./writer-handle.js";

export interface Destination {
	/** As sentences name it. */
	readonly name: string;
	/** Where the standard output of a wrapped command goes. */
	readonly commandOutput: CommandOutput;
	/** Fails before anything is started when nothing can be written there. */
	prepare(): Promise<void>;
	open(setup: WriterSetup): RingWriter;
	/** The recording has begun: what it replaces is removed. */
	begun(): void;
	/** The recording did not begin: what was made for it is removed, and what it was to replace is back. */
	discard(made: boolean): void;
	/** Whether something is to be replaced, and still there. */
	readonly replaces: boolean;
}

/** A new DuckDB file. */
class FileDestination implements Destination {
	readonly name: string;
	readonly commandOutput = "inherit";
	readonly #overwrite: boolean;
	readonly #say: (sentence: string) => void;
	#old: Aside | null = null;

	constructor(path: string, overwrite: boolean, say: (sentence: string) => void) {
		this.name = path;
		this.#overwrite = overwrite;
		this.#say = say;
	}

	async prepare(): Promise<void> {
		this.#old = await prepareOutput(this.name, this.#overwrite, this.#say);
	}

	open(setup: WriterSetup): RingWriter {
		return new WriterHandle(this.name, setup);
	}

	begun(): void {
		this.#old?.remove();
		this.#old = null;
	}

	discard(made: boolean): void {
		if (made) removeRecording(this.name);
		this.#old?.putBack();
		this.#old = null;
	}

	get replaces(): boolean {
		return this.#old !== null;
	}
}

/** @param say is told what runs that were killed have left, and what became of it */
export const toFile = (path: string, overwrite = false, say: (sentence: string) => void = () => {}): Destination =>
	new FileDestination(path, overwrite, say);

/** An Arrow IPC stream, as it is recorded; for one stream of counters. */
export function toPipe(out: Writable): Destination {
	let module: typeof import("./pipe-writer.js");
	return {
		name: "standard output",
		commandOutput: 2,
		/* Arrow is loaded here, since a recording into a file does without. */
		prepare: async () => {
			module = await import("./pipe-writer.js");
		},
		open: (setup) => new module.PipeWriter(out, setup),
		begun: () => {},
		discard: () => {},
		replaces: false,
	};
}
