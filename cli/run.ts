// SPDX-License-Identifier: Apache-2.0
/** Runs one command line: parses it, runs one verb, and turns an error into one sentence and an exit status. */
import { CommanderError } from "commander";
import { endWithSupervisor } from "../base/at-death.js";
import { CountersinkError, exitStatus } from "../base/errors.js";
import { program } from "./program.js";
import { endWithReader, say } from "./streams.js";

function report(error: unknown): number {
	if (error instanceof CommanderError) return error.exitCode === 0 ? exitStatus.fine : exitStatus.usage;
	if (error instanceof CountersinkError) {
		say(error.message);
		return error.exitStatus;
	}
	say(`internal error: ${error instanceof Error ? error.stack : String(error)}`);
	return exitStatus.failed;
}

endWithReader();
endWithSupervisor();

try {
	/* The verb is the first word, or the second after `help` and `--`. */
	await (await program(process.argv.slice(2, 4))).parseAsync();
} catch (error) {
	process.exitCode = report(error);
}
