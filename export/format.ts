// SPDX-License-Identifier: Apache-2.0
/** What an export format is. */
import type { ExportStream } from "./input.js";
import type { RecordingInput } from "./read.js";
import type { Sink } from "./sink.js";

export interface Format {
	readonly name: string;
	/** Of its files, without the dot; the first is what a file is called where only the format is given. */
	readonly extensions: readonly string[];
	/** A few words for help. */
	readonly about: string;
	/** Bytes that a terminal must not be shown. */
	readonly binary: boolean;
	/** One file holds one stream; otherwise one file holds all. */
	readonly perStream: boolean;
	/** Can be written to a pipe, from its beginning to its end. */
	readonly pipes: boolean;
	/** Writes one file. @param streams of the input; one of them where perStream */
	write(input: RecordingInput, streams: readonly ExportStream[], sink: Sink): Promise<void>;
}
