// SPDX-License-Identifier: Apache-2.0
/** An export format. */

import type { Sink } from "./byte-sink.js";
import type { ExportStream } from "./input.js";
import type { RecordingInput } from "./read-selection.js";

export interface Format {
	readonly name: string;
	/** Extensions of its files, without the dot. The first is used where only the format is given. */
	readonly extensions: readonly string[];
	/** A few words for the help. */
	readonly about: string;
	/** The output must not be written to a terminal. */
	readonly binary: boolean;
	/** One file holds one stream; otherwise one file holds all streams. */
	readonly perStream: boolean;
	/** The output can be written to a pipe, from start to end. */
	readonly pipes: boolean;
	/** Writes one file. @param streams streams of the input; a single one where perStream */
	write(input: RecordingInput, streams: readonly ExportStream[], sink: Sink): Promise<void>;
}
