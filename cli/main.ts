#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
/** The command line: parses, runs one verb, turns what went wrong into one sentence and an exit status. */
import { CommanderError } from "commander";
import { CountersinkError, exitStatus } from "../base/errors.js";
import { program } from "./program.js";

function report(error: unknown): number {
	if (error instanceof CommanderError) return error.exitCode === 0 ? exitStatus.fine : exitStatus.usage;
	if (error instanceof CountersinkError) {
		process.stderr.write(`countersink: ${error.message}\n`);
		return error.exitStatus;
	}
	process.stderr.write(`countersink: internal error: ${error instanceof Error ? error.stack : String(error)}\n`);
	return exitStatus.failed;
}

/* A reader that has seen enough (| head) is not an error. */
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
	if (error.code === "EPIPE") process.exit(exitStatus.fine);
	process.stderr.write(`countersink: cannot write the answer: ${error.message}\n`);
	process.exit(exitStatus.failed);
});
/* What nobody can read (a closed terminal) must not end a recording. */
process.stderr.on("error", () => {});

try {
	await (await program(process.argv[2])).parseAsync();
} catch (error) {
	process.exitCode = report(error);
}
