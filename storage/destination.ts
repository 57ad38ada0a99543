// SPDX-License-Identifier: Apache-2.0
/** Where the rows of a recording go: the recorder drives any of these the same way. */
import type { Writable } from "node:stream";
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
		discard: () => {},
	};
}
