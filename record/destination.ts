// SPDX-License-Identifier: Apache-2.0
/** Where the rows of a recording go: the recorder drives any of these the same way. */
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

/** As sentences name it. */
export const STANDARD_OUTPUT = "standard output";

export interface Destination {
	/** As sentences name it. */
	readonly name: string;
	/** Where the standard output of a wrapped command goes. */
	readonly commandOutput: CommandOutput;
	/** Fails before anything is started when nothing can be written there. */
	prepare(): Promise<void>;
	/** @param macros SQL that makes the macros which a file carries */
	open(setup: Setup, macros: Sql): LoopHandle;
	/** The recording has begun: what it replaces is removed. */
	begun(): void;
	/** The recording has ended, and nothing is open any more. */
	closed(): void;
	/** The recording did not begin: what was made for it is removed, and what it was to replace is back. */
	discard(made: boolean): void;
	/** Whether something is to be replaced, and still there. */
	readonly replaces: boolean;
}

/** A new DuckDB file, and beside it, where it is wanted, an Arrow stream. */
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
	/** Is told what runs that were killed have left, and what became of it. */
	readonly say?: (sentence: string) => void;
	/** This process does nothing else. */
	readonly alone?: boolean | undefined;
	/** Where an Arrow stream of the same goes, for one stream of counters; the recording does not wait for its reader. */
	readonly pipe?: Writable | undefined;
}

export const toFile = (path: string, options: FileOptions = {}): Destination => new FileDestination(path, options);

/** An Arrow IPC stream, as it is recorded; for one stream of counters. */
export function toPipe(out: Writable): Destination {
	let module: typeof import("./sinks/arrow/index.js");
	return {
		name: STANDARD_OUTPUT,
		commandOutput: 2,
		/* Arrow is loaded here, since a recording into a file does without. */
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

/** A listener in this process. */
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
