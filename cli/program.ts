// SPDX-License-Identifier: Apache-2.0
/** Defines every verb and flag in one place. --help, README and docs/reference.md are printed from it. */
import { Command } from "commander";
import { version } from "../base/version.js";
import { show, tell } from "./streams.js";

/** Makes a command throw its errors instead of ending the process, and name the program in them as all our errors
 *  do. */
const tame = (command: Command): Command =>
	command.exitOverride().configureOutput({
		writeOut: (text) => show(text.trimEnd().split("\n")),
		writeErr: (text) => tell(text.trimEnd().split("\n")),
		outputError: (text, write) => write(text.replace(/^error: /, "countersink: ")),
	});

/** The verbs in the order of --help. Each is loaded when it is used: all of them together take half a second. */
const verbs: Readonly<Record<string, readonly [about: string, load: () => Promise<Command>]>> = {
	record: [
		"Record counters into a DuckDB file, on their own or while a command runs.",
		async () => (await import("./verbs/record.js")).recordCommand(),
	],
	list: [
		"List the counters of this machine, by source; with --cost also what it costs to read them.",
		async () => (await import("./verbs/list.js")).listCommand(),
	],
	doctor: [
		"Show what this machine allows: how fast and how exactly it can be sampled, and what would help.",
		async () => (await import("./verbs/doctor.js")).doctorCommand(),
	],
	info: [
		"Show what a recording was asked for, what it holds, what it missed and why, and how it ended, or how far it is.",
		async () => (await import("./verbs/info.js")).infoCommand(),
	],
	query: [
		"Ask a recording one of the named questions; without a name, list them.",
		async () => (await import("./verbs/query.js")).queryCommand(),
	],
	sql: [
		"Run SQL over recordings, also while they are being written; nothing is modified, no other file is read.",
		async () => (await import("./verbs/sql.js")).sqlCommand(),
	],
	compare: [
		"Show per counter how its rate differs between two recordings; the largest changes come first.",
		async () => (await import("./verbs/compare.js")).compareCommand(),
	],
	export: [
		"Write a recording, or a part of it, in a format of other tools.",
		async () => (await import("./verbs/export.js")).exportCommand(),
	],
	recover: [
		"Merge the log of a recording whose recorder was killed, and write its end; with --clean copy only its tables.",
		async () => (await import("./verbs/recover.js")).recoverCommand(),
	],
	import: [
		"Turn an Arrow stream or file, Parquet, CSV or NDJSON of counters into a recording.",
		async () => (await import("./verbs/import.js")).importCommand(),
	],
};

/** @param wanted the words of the command line: a verb among them is complete, and for the others --help has a summary
 *  only */
export async function program(wanted: readonly string[] = Object.keys(verbs)): Promise<Command> {
	const root = tame(new Command("countersink"))
		.description(
			"Samples any counter of this machine from 1 Hz to 1 MHz, says what it missed, and leaves a DuckDB file.",
		)
		.version(version)
		.showHelpAfterError("(run with --help for usage)")
		.configureHelp({ subcommandTerm: (command) => command.name() });
	for (const [name, [about, load]] of Object.entries(verbs)) {
		const command = wanted.includes(name) ? await load() : new Command(name);
		root.addCommand(tame(command).description(about));
	}
	return root;
}
