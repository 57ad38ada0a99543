// SPDX-License-Identifier: Apache-2.0
/**
 * The standard streams, and the signals that end a command. Data goes to standard output, everything else to standard
 * error. Nothing else in this folder writes to either (test/cli/escapes.test.ts), so that no name from a file reaches a
 * terminal unchanged.
 *
 *   say, tell          sentences and lines on standard error
 *   show               lines for people, also when they go into a pipe
 *   print, stdout      data for machines: every byte unchanged, except on a terminal, where it is cleaned
 *   printJson          JSON, in which the same characters are \uXXXX
 *   control            our own escape sequences
 */
import { once } from "node:events";
import { Writable } from "node:stream";
import { StringDecoder } from "node:string_decoder";
import { tellSupervisor } from "../base/at-death.js";
import { cleanLines, toJson } from "../base/clean.js";
import { exitStatus, messageOf } from "../base/errors.js";
import { say } from "../base/say.js";
import { onScreen } from "./terminal.js";

export { say, tell } from "../base/say.js";

/** Writes lines. Each stays one line, whatever it holds. */
export const show = (lines: readonly string[]): void => {
	process.stdout.write(lines.map((line) => `${onScreen(line)}\n`).join(""));
};

export const control = (sequence: string): void => {
	process.stdout.write(sequence);
};

export const printJson = (value: unknown): void => {
	process.stdout.write(`${toJson(value, "\t")}\n`);
};

/** Writes data. Resolves when there is room for more, since the reader may be slower than the answer. */
export async function print(bytes: string | Uint8Array): Promise<void> {
	const shown = process.stdout.isTTY && typeof bytes === "string" ? cleanLines(bytes) : bytes;
	if (!process.stdout.write(shown)) await once(process.stdout, "drain");
}

/** Cleans text on its way to a terminal. */
class Screen extends Writable {
	readonly #decoder = new StringDecoder("utf8");

	override _write(bytes: Buffer, _: BufferEncoding, done: (error?: Error | null) => void): void {
		process.stdout.write(cleanLines(this.#decoder.write(bytes)), done);
	}
}

/** Standard output, for code that writes a stream of data. */
export const stdout = (): Writable => (process.stdout.isTTY ? new Screen() : process.stdout);

/** Gives up on the reader after an error. Data that it does not take would keep the process alive for ever. */
export function abandonReader(): void {
	if (process.stdout.writableLength > 0) setImmediate(() => process.exit());
}

/** Ends the process when the reader has gone. That is not an error, since a reader such as `head` may have seen
 *  enough. */
export function endWithReader(): void {
	process.stdout.on("error", (error: NodeJS.ErrnoException) => {
		if (error.code === "EPIPE") process.exit(exitStatus.fine);
		say(`cannot write the answer: ${error.message}`);
		process.exit(exitStatus.failed);
	});
	/* Losing standard error (a closed terminal) must not end a recording. */
	process.stderr.on("error", () => {});
	/* Node would print the error without cleaning it. */
	process.on("uncaughtException", (error: unknown) => {
		say(`internal error: ${(error instanceof Error && error.stack) || messageOf(error)}`);
		process.exit(exitStatus.failed);
	});
}

/** A signal that is aborted when the user, a supervisor or a closed terminal asks for the end. */
export function endings(): AbortSignal {
	const asked = new AbortController();
	for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"])
		process.on(signal, () => {
			tellSupervisor({ kind: "heard", signal });
			asked.abort();
		});
	return asked.signal;
}
