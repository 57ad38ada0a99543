// SPDX-License-Identifier: Apache-2.0
/**
 * Standard output carries data, standard error everything else; and what ends a command from outside. Nothing else in this folder writes
 * to either (test/cli/escapes.test.ts), so that no name from a file reaches a terminal as it is.
 *
 *   say, tell          sentences and lines on standard error
 *   show               lines for people, also where they go into a pipe
 *   print, stdout      data for machines: every byte as it is, but on a terminal, where it is cleaned too
 *   printJson          JSON, in which the same characters are \uXXXX
 *   control            escape sequences of ours
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

/** Each is one line, whatever is in it. */
export const show = (lines: readonly string[]): void => {
	process.stdout.write(lines.map((line) => `${onScreen(line)}\n`).join(""));
};

export const control = (sequence: string): void => {
	process.stdout.write(sequence);
};

export const printJson = (value: unknown): void => {
	process.stdout.write(`${toJson(value, "\t")}\n`);
};

/** Resolves when there is room for more: whoever reads may be slower than the answer. */
export async function print(bytes: string | Uint8Array): Promise<void> {
	const shown = process.stdout.isTTY && typeof bytes === "string" ? cleanLines(bytes) : bytes;
	if (!process.stdout.write(shown)) await once(process.stdout, "drain");
}

/** Cleans what is text. */
class Screen extends Writable {
	readonly #decoder = new StringDecoder("utf8");

	override _write(bytes: Buffer, _: BufferEncoding, done: (error?: Error | null) => void): void {
		process.stdout.write(cleanLines(this.#decoder.write(bytes)), done);
	}
}

/** Standard output for those who write a stream of data. */
export const stdout = (): Writable => (process.stdout.isTTY ? new Screen() : process.stdout);

/** After an error: what a reader does not take would keep us here for ever. */
export function abandonReader(): void {
	if (process.stdout.writableLength > 0) setImmediate(() => process.exit());
}

/** Ends the process when nobody reads on; for a reader that has seen enough (| head) that is no error. */
export function endWithReader(): void {
	process.stdout.on("error", (error: NodeJS.ErrnoException) => {
		if (error.code === "EPIPE") process.exit(exitStatus.fine);
		say(`cannot write the answer: ${error.message}`);
		process.exit(exitStatus.failed);
	});
	/* What nobody can read (a closed terminal) must not end a recording. */
	process.stderr.on("error", () => {});
	/* Node would print it as it is. */
	process.on("uncaughtException", (error: unknown) => {
		say(`internal error: ${(error instanceof Error && error.stack) || messageOf(error)}`);
		process.exit(exitStatus.failed);
	});
}

/** Aborted when the user, a supervisor or a closed terminal asks for the end. */
export function endings(): AbortSignal {
	const asked = new AbortController();
	for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"])
		process.on(signal, () => {
			tellSupervisor({ kind: "heard", signal });
			asked.abort();
		});
	return asked.signal;
}
