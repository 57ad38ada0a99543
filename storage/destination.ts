// SPDX-License-Identifier: Apache-2.0
/** Where the rows of a recording go: the recorder drives any of these the same way. */
import type { Writable } from "node:stream";
import type { Observable } from "rxjs";
import type { CommandOutput } from "./command.js";
import { removeRecording } from "./file.js";
import { prepareOutput } from "./output.js";
import { PipeWriter } from "./pipe-writer.js";
import type { FromWriter, ToWriter, WriterSetup } from "./protocol.js";
import { WriterHandle } from "./writer-handle.js";

/** Drains the rings from the first tick to the last. */
export interface RingWriter {
	/** Rows can be taken; before it nothing is started. */
	readonly ready: Promise<void>;
	readonly progress: Observable<Extract<FromWriter, { kind: "progress" }>>;
	/** Everything is where it belongs. */
	readonly finished: Promise<Extract<FromWriter, { kind: "finished" }>>;
	/** Resolves when nobody wants the rest; then the recording may end. */
	readonly unwanted: Promise<void>;
	/** From now on whoever asks SQL of the recording is answered.
	 *  @param cpu of the sampling loop, which is left alone; -1: not pinned
	 *  @returns why that is not possible, or null */
	answer(cpu: number): Promise<string | null>;
	/** Resolves when nobody is answered any more. */
	silence(): Promise<void>;
	send(message: ToWriter): void;
	/** The user has asked for the end: what is not taken soon is not waited for. */
	hurry(): void;
	end(): Promise<void>;
}

export interface Destination {
	/** As sentences name it. */
	readonly name: string;
	/** Where the standard output of a wrapped command goes. */
	readonly commandOutput: CommandOutput;
	/** Fails before anything is started when nothing can be written there. */
	prepare(): Promise<void>;
	open(setup: WriterSetup): RingWriter;
	/** After a recording that never began. */
	discard(): void;
}

/** A new DuckDB file. */
export const toFile = (path: string, overwrite = false): Destination => ({
	name: path,
	commandOutput: "inherit",
	prepare: () => prepareOutput(path, overwrite),
	open: (setup) => new WriterHandle(path, setup),
	discard: () => removeRecording(path),
});

/** An Arrow IPC stream, as it is recorded; for one stream of counters. */
export const toPipe = (out: Writable): Destination => ({
	name: "standard output",
	commandOutput: 2,
	prepare: async () => {},
	open: (setup) => new PipeWriter(out, setup),
	discard: () => {},
});
