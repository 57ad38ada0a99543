// SPDX-License-Identifier: Apache-2.0
/** Every verb and flag in one place; --help, README and docs/reference.md are printed from it. */
import { Command } from "commander";
import { version } from "../base/version.js";

/** Errors are returned instead of ending the process, and named after the program like all our others. */
const tame = (command: Command): Command =>
	command
		.exitOverride()
		.configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, "countersink: ")) });

/** In the order of --help. Each is loaded when it is wanted: all of them together take half a second. */
const verbs: Readonly<Record<string, () => Promise<Command>>> = {
	record: async () => (await import("./record.js")).recordCommand(),
	list: async () => (await import("./list.js")).listCommand(),
	doctor: async () => (await import("./doctor.js")).doctorCommand(),
	info: async () => (await import("./info.js")).infoCommand(),
	query: async () => (await import("./query.js")).queryCommand(),
	sql: async () => (await import("./sql.js")).sqlCommand(),
	compare: async () => (await import("./compare.js")).compareCommand(),
	export: async () => (await import("./export.js")).exportCommand(),
	import: async () => (await import("./import.js")).importCommand(),
};

/** @param verb the one that will be run, where it is known; all others are then left out */
export async function program(verb?: string): Promise<Command> {
	const root = tame(new Command("countersink"))
		.description(
			"Samples any counter of this machine from 1 Hz to 1 MHz, says what it missed, and leaves a DuckDB file.",
		)
		.version(version)
		.showHelpAfterError("(run with --help for usage)");
	const wanted = verb !== undefined && Object.hasOwn(verbs, verb) ? [verb] : Object.keys(verbs);
	for (const name of wanted) root.addCommand(tame(await verbs[name]!()));
	return root;
}
