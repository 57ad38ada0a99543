// SPDX-License-Identifier: Apache-2.0
/** Every verb and flag in one place; --help, README and docs/reference.md are printed from it. */
import { Command } from "commander";
import { version } from "../base/version.js";
import { compareCommand } from "./compare.js";
import { doctorCommand } from "./doctor.js";
import { exportCommand } from "./export.js";
import { importCommand } from "./import.js";
import { infoCommand } from "./info.js";
import { listCommand } from "./list.js";
import { queryCommand } from "./query.js";
import { recordCommand } from "./record.js";
import { sqlCommand } from "./sql.js";

/** Errors are returned instead of ending the process, and named after the program like all our others. */
const tame = (command: Command): Command =>
	command
		.exitOverride()
		.configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, "countersink: ")) });

export function program(): Command {
	const root = tame(new Command("countersink"))
		.description(
			"Samples any counter of this machine from 1 Hz to 1 MHz, says what it missed, and leaves a DuckDB file.",
		)
		.version(version)
		.showHelpAfterError("(run with --help for usage)");
	for (const command of [
		recordCommand(),
		listCommand(),
		doctorCommand(),
		infoCommand(),
		queryCommand(),
		sqlCommand(),
		compareCommand(),
		exportCommand(),
		importCommand(),
	])
		root.addCommand(tame(command));
	return root;
}
