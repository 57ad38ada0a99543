// SPDX-License-Identifier: Apache-2.0
/** Where the rows of a recording go. The recorder treats all destinations alike. */
import type { Writable } from "node:stream";
import { MessageChannel } from "node:worker_threads";
import { Pipe } from "../base/pipe.js";
import type { Setup } from "../sampler/recorded.js";
import type { Aside } from "../storage/aside.js";
import { removeRecording } from "../storage/file.js";
import { prepareOutput } from "../storage/output-path.js";
import { claim } from "../storage/own-files.js";
import type { Sql } from "../storage/sql.js";
import type { CommandOutput } from "./command.js";
import { FileLoop } from "./file-loop.js";
import type { FileSetup } from "./file-messages.js";
import { LocalLoop } from "./local-loop.js";
import type { LoopHandle } from "./loop-handle.js";
import type { PrimarySink } from "./sink.js";
import { servePipe } from "./sinks/arrow/port.js";

/** The name of standard output in messages. */
export const STANDARD_OUTPUT = "standard output";

export interface Destination {
	/** The name of the destination in messages. */
	readonly name: string;
	/** Where the standard output of a wrapped command goes. */
	readonly commandOutput: CommandOutput;
	/** Checks that the destination can be written. Throws before anything is started. */
	prepare(): Promise<void>;
	/** @param macros SQL that makes the macros which a file carries */
	open(setup: Setup, macros: Sql): LoopHandle;
	/** Call it when the recording has started: removes the file that the recording replaces. */
	begun(): void;
	/** Call it when the recording has ended and nothing is open any more. */
	closed(): void;
	/** Call it when the recording did not start: removes what was made for it, and puts back the file that it was to
	 *  replace. */
	discard(made: boolean): void;
	/** Whether there is a file that will be replaced and is still there. */
	readonly replaces: boolean;
}

/** A new DuckDB file, and an Arrow stream beside it if one was asked for. */
class FileDestination implements Destination {
	readonly name: string;
	readonly #options: FileOptions;
	#old: Aside | null = null;
	#unclaim: () => void = () => {};

	constructor(path: string, options: FileOptions) {
		this.name = path;
		this.#options = options;
	}

	get commandOutput(): CommandOutput {
		return this.#options.pipe ? 2 : "inherit";
	}

	async prepare(): Promise<void> {
		const { overwrite = false, say = () => {} } = this.#options;
		this.#unclaim = claim(this.name);
		try {
			this.#old = await prepareOutput(this.name, overwrite, say);
		} catch (error) {
			this.#unclaim();
			throw error;
		}
	}

	open(setup: Setup, macros: Sql): LoopHandle {
		return new FileLoop({ ...setup, path: this.name, macros, alone: this.#options.alone ?? false, pipe: this.#pipe() });
	}

	#pipe(): FileSetup["pipe"] {
		const { pipe } = this.#options;
		if (pipe === undefined) return null;
		const { port1, port2 } = new MessageChannel();
		servePipe(port2, new Pipe(pipe));
		return { name: STANDARD_OUTPUT, port: port1 };
	}

	begun(): void {
		this.#old?.remove();
		this.#old = null;
	}

	discard(made: boolean): void {
		this.#unclaim();
		if (made) removeRecording(this.name);
		this.#old?.putBack();
		this.#old = null;
	}

	closed(): void {
		this.#unclaim();
	}

	get replaces(): boolean {
		return this.#old !== null;
	}
}

export interface FileOptions {
	readonly overwrite?: boolean;
	/** Is told what killed recordings have left, and what was done with it. */
	readonly say?: (sentence: string) => void;
	/** Whether this process does nothing but record. */
	readonly alone?: boolean | undefined;
	/** Where the same rows go as an Arrow stream, for one stream of counters. The recording does not wait for its
	 *  reader. */
	readonly pipe?: Writable | undefined;
}

export const toFile = (path: string, options: FileOptions = {}): Destination => new FileDestination(path, options);

/** Writes an Arrow IPC stream while it records one stream of counters. */
export function toPipe(out: Writable): Destination {
	let module: typeof import("./sinks/arrow/index.js");
	return {
		name: STANDARD_OUTPUT,
		commandOutput: 2,
		/* Arrow is loaded here, since a recording into a file does not need it. */
		prepare: async () => {
			module = await import("./sinks/arrow/index.js");
		},
		open: (setup) => {
			const pipe = new Pipe(out);
			return new LocalLoop(setup, new module.ArrowSink(STANDARD_OUTPUT, pipe), pipe.abandoned);
		},
		begun: () => {},
		closed: () => {},
		discard: () => {},
		replaces: false,
	};
}

/** Gives the rows to a listener in this process. */
export const toListener = (sink: PrimarySink): Destination => ({
	name: sink.name,
	commandOutput: "inherit",
	prepare: async () => {},
	open: (setup) => new LocalLoop(setup, sink, new Promise(() => {})),
	begun: () => {},
	closed: () => {},
	discard: () => {},
	replaces: false,
});
