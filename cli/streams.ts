// SPDX-License-Identifier: Apache-2.0
/** Standard output carries data, standard error everything else; and what ends a command from outside. */
import { once } from "node:events";
import { tell } from "../base/at-death.js";
import { exitStatus } from "../base/errors.js";

/** A sentence beside the answer. */
export const say = (sentence: string): void => {
	process.stderr.write(`countersink: ${sentence}\n`);
};

export const printJson = (value: unknown): void => {
	process.stdout.write(`${JSON.stringify(value, null, "\t")}\n`);
};

/** Resolves when there is room for more: whoever reads may be slower than the answer. */
export async function print(bytes: string | Uint8Array): Promise<void> {
	if (!process.stdout.write(bytes)) await once(process.stdout, "drain");
}

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
}

/** Aborted when the user, a supervisor or a closed terminal asks for the end. */
export function endings(): AbortSignal {
	const asked = new AbortController();
	for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"])
		process.on(signal, () => {
			tell({ kind: "heard", signal });
			asked.abort();
		});
	return asked.signal;
}
